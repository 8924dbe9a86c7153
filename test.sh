#!/usr/bin/env bash
# Finds or installs what the tests need beside the .NET SDK, builds without a warning, runs all tests and ends with one line:
# "N passed, N failed, N skipped". Exit code 0 only when nothing failed.
#
#   ./test.sh            everything, and a small measurement of the speed, which warns only
#   ./test.sh Specs      one room of tests: Specs (seconds), Integration, Faults
set -uo pipefail
cd "$(dirname "$0")" || exit 2

rooms=("${@:-}")
[ -n "${rooms[0]}" ] || rooms=(Specs Integration Faults)
for room in "${rooms[@]}"; do
  [ -d "tests/$room" ] || { echo "There is no room tests/$room; choose of: $(ls tests | tr '\n' ' ')" >&2; exit 2; }
done

if ! command -v dotnet >/dev/null; then
  echo "The .NET SDK 10.0 is missing: install it from https://dotnet.microsoft.com/download, then run this again." >&2
  exit 2
fi

# A command on the PATH, or, for PostgreSQL, where Debian keeps the programs of its servers.
has() {
  command -v "$1" >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/$1" >/dev/null
}

# Installs a Debian package that brings a command, where that may be done; else says what will be skipped.
need() {
  local command=$1 package=$2 purpose=$3 as_root=()
  has "$command" && return
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
    echo "Installing $package ($purpose) ..."
    # The tests start servers of their own: the package need not make and start one.
    local no_cluster=/etc/postgresql-common/createcluster.d/orleanses-tests.conf
    [ "$package" != postgresql ] || "${as_root[@]}" sh -c \
      "mkdir -p '${no_cluster%/*}' && echo 'create_main_cluster = false' >'$no_cluster'"
    { "${as_root[@]}" apt-get install -y -qq "$package" \
      || { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -y -qq "$package"; }; } </dev/null >/dev/null 2>&1
    [ "$package" != postgresql ] || "${as_root[@]}" rm -f "$no_cluster"
  fi
  has "$command" \
    || echo "$command is missing: install the package $package. Until then these tests are skipped: $purpose." >&2
}
need hledger hledger "the oracle that checks imports and exports"
[ -n "${ORLEANSES_TEST_POSTGRES:-}" ] || need initdb postgresql "everything on PostgreSQL"

configuration=Release
echo "Building ..."
dotnet build OrleansEs.sln -c "$configuration" -v quiet -nologo || exit 1

results=$PWD/TestResults
rm -rf "$results"
code=0
for room in "${rooms[@]}"; do
  echo "Testing $room ..."
  # One room after the other: the machine's cores belong to the clusters under test.
  dotnet test "tests/$room" -c "$configuration" --no-build -nologo --results-directory "$results" \
    --logger "trx;LogFileName=$room.trx" --logger "console;verbosity=minimal" --blame-hang-timeout 10m || code=1
done

# Everything was asked for: the speed as well. It warns only, since a busy machine is slow without anybody's fault.
if [ "$#" = 0 ] && has initdb; then
  echo "Comparing the speed ..."
  dotnet run -c "$configuration" --no-build --project tests/Benchmarks -- guard 2>&1 | grep -E '^(speed|warning):|failed' \
    || echo "warning: the speed could not be measured." >&2
fi

passed=0 failed=0 skipped=0
for room in "${rooms[@]}"; do
  counters=$(grep -o '<Counters [^>]*' "$results/$room.trx" 2>/dev/null) \
    || { echo "The room $room left no report: it counts as failed." >&2; failed=$((failed + 1)); code=1; continue; }
  count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
  passed=$((passed + $(count passed)))
  skipped=$((skipped + $(count total) - $(count executed)))
  failed=$((failed + $(count executed) - $(count passed)))
done
[ "$failed" = 0 ] || code=1
[ "$passed" -gt 0 ] || { echo "No test ran." >&2; code=1; }
echo "$passed passed, $failed failed, $skipped skipped"
exit "$code"
