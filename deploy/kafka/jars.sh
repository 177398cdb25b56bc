#!/bin/sh
# Prints the folder of the broker's jars, which Maven fetches the first time (46 MB, from where the user's settings say).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's:^  <version>\(.*\)</version>:\1:p' "$here/pom.xml")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/bearwatch
jars=$cache/kafka-$version

if [ ! -d "$jars" ]; then
  for tool in java mvn flock; do
    command -v "$tool" >/dev/null || {
      echo "$tool is missing; on Debian: apt install default-jre-headless maven util-linux" >&2
      exit 1
    }
  done
  mkdir -p "$cache"
  exec 9>"$jars.lock"  # two at once: Maven's own repository takes no second writer
  flock -w 300 9
fi
if [ ! -d "$jars" ]; then
  fetched=$(mktemp -d "$jars.XXXXXX")
  trap 'rm -rf "$fetched"' EXIT
  mvn -q -B -Dstyle.color=never -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$fetched" >&2
  chmod 755 "$fetched"
  mv "$fetched" "$jars"  # whole or not at all: a kill in between leaves no half-filled folder under this name
fi
echo "$jars"
