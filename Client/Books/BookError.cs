namespace OrleansEs.Client.Books;

/// <summary>Why a book is not imported.</summary>
/// <param name="File">The file, as the caller named it.</param>
/// <param name="Line">The line, from 1; 0 when it is about the whole file.</param>
/// <param name="Message">What is wrong there.</param>
/// <param name="Remedy">What to do about it.</param>
internal sealed record BookError(string File, int Line, string Message, string Remedy)
{
    /// <inheritdoc/>
    public override string ToString() => Line == 0 ? $"{File}: {Message} {Remedy}" : $"{File}:{Line}: {Message} {Remedy}";
}
