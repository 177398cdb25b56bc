#!/bin/sh
# One Kafka broker on this machine, in the foreground until Ctrl-C: to try the Kafka source, not to keep news in.
#
#   local-broker.sh [PORT [FOLDER]]     port 9092 (and the next one up); topics are made as they are first written to
set -eu
here=$(cd "$(dirname "$0")" && pwd)
port=${1:-9092}
folder=${2:-${XDG_STATE_HOME:-$HOME/.local/state}/bearwatch/kafka}
case $port in
  *[!0-9]* | '') echo "usage: $0 [PORT [FOLDER]]" >&2; exit 2 ;;
esac
jars=$("$here/jars.sh")

mkdir -p "$folder"
cat >"$folder/server.properties" <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$folder/data
num.partitions=3
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
EOF

# The serial collector and the first compiler: a third less work until it answers, enough for one machine's news.
set -- -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j.configuration="file:$here/log4j.properties" -cp "$jars/*"
if [ ! -e "$folder/data/meta.properties" ]; then
  id=YmVhcndhdGNoLWxvY2FsLQ  # of the cluster, 16 bytes in base64; any
  java "$@" kafka.tools.StorageTool format -t "$id" -c "$folder/server.properties" >"$folder/broker.log" 2>&1 \
    || { tail -n 5 "$folder/broker.log" >&2; exit 1; }
fi
echo "Kafka on 127.0.0.1:$port, its log in $folder/broker.log; Ctrl-C stops it" >&2
exec java "$@" kafka.Kafka "$folder/server.properties" >>"$folder/broker.log" 2>&1
