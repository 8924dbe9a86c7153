using System.Text;

namespace OrleansEs.Client.Books;

/// <summary>
/// Account ids as names that hledger can read, and back. An id may hold two spaces in a row, where hledger would end the
/// name: the second and each further one is written as <c>␠</c> (U+2420), which no id holds.
/// </summary>
internal static class AccountNames
{
    private const char SpaceMark = '\u2420';

    /// <summary>The id that a name in a book stands for.</summary>
    public static string FromBook(string name) => name.Replace(SpaceMark, ' ');

    /// <summary>The name under which an account is written into a book.</summary>
    public static string ToBook(string id)
    {
        var name = new StringBuilder(id.Length);
        foreach (var c in id)
            name.Append(c == ' ' && name.Length > 0 && name[^1] is (' ' or SpaceMark) ? SpaceMark : c);
        return name.ToString();
    }
}
