# Runs one job of a fake job system: runner.sh FOLDER, as the leader of its own session.
cd "$1" || exit 1
echo $$ >pid.new && mv pid.new pid
sh script.sh >out 2>err
echo $? >exit.new && mv exit.new exit
