# What the CRAB client prints. Nothing here was recorded: there is no server to record it from.
# constructed from dmwm/CRABClient:bin/crab.py, src/python/CRABClient/Commands/{submit,status,kill,remake,tasks,getlog}.py,
# src/python/CRABClient/ClientExceptions.py, and from dmwm/CRABServer:src/python/CRABInterface/RESTTask.py ("Impossible to find
# task"). What stands after "Reason is:" comes from a server, and the words of the proxy's error vary: these are examples.
log_file_text() { echo "Log file is $1"; }
config_text() { echo "Will use CRAB configuration file $1"; }
sending_text() { echo 'Sending the request to the server'; }
delivered_text() {
  echo "Success: Your task has been delivered to the prod CRAB3 server."
  echo "Task name: $1"
  echo "Project dir: $2"
  echo "Please use 'crab status' to check how the submission process proceeds."
}
server_error_text() { printf 'The server answered with an error.\nServer answered with: %s\nReason is: %s\nError Id: 0123456789abcdef\n' "$1" "$2"; }
unknown_text() { server_error_text 'Execution error' "Impossible to find task $1 in the database."; }
denied_text() { server_error_text 'Forbidden' 'You are not allowed to access this resource.'; }
dead_text() { echo "(7, 'Failed to connect to cmsweb.example port 8443: Connection refused')"; echo 'It seems the CMSWEB frontend is not responding. Please check: https://twiki.cern.ch/twiki/bin/viewauth/CMS/ScheduledInterventions'; }
expired_text() { echo 'Problem creating proxy: the proxy has expired and no pass phrase can be asked for'; }
syntax_text() { printf 'Syntax error in CRAB configuration file:\n%s\nSee the ./crab.log file for more details.\n' "$1"; }
invalid_text() { echo "Invalid CRAB configuration: Parameter $1 is missing."; }
option_text() { printf 'Usage: crab COMMAND [options] [args]\n\ncrab: error: no such option: %s\n' "$1"; }
remade_text() { printf "ATTENTION return value for 'remake' has been changed to a dictionary\nRemaking %s folder.\nRemaking .requestcache file.\nSuccess: Finished remaking project directory %s\n" "$1" "$1"; }
tasks_head() { printf '\nList of tasks from 2026-10-23 until 2026-11-22\nBeware that STATUS here does not include information from grid jobs\n'; row; printf 'NAME\t\t\t\t\t\t\t\tSTATUS\n'; row; }
row() { printf '================================================================================\n'; }
task_text() { printf '%s\n\t\t\t\t\t\t\t\t%s\n--------------------------------------------------------------------------------\n' "$1" "$2"; }
no_tasks_text() { echo 'No tasks found from 2026-10-23 until 2026-11-22'; }
status_text() {
  printf 'CRAB project directory:\t\t%s\nTask name:\t\t\t%s\nGrid scheduler - Task Worker:\tcrab3@schedd.example - taskworker-01\n' "$1" "$2"
  printf 'Status on the CRAB server:\t%s\nTask URL to use for HELP:\thttps://cmsweb.example/crabserver/ui/task/x\n' "$3"
  printf 'Status on the scheduler:\t%s\n\n%-32s%-13s\t\t100.0%% (1/1)\n\nNo publication information available yet\n' "$4" 'Jobs status:' "$5"
}
json_text() { printf '{"1": {"State": "%s", "SiteHistory": ["T2_XX_Somewhere"]%s}}\n' "$1" "$2"; }
error_json() { printf ', "Error": [%s, "Job wrapper finished with exit code %s", {}]' "$1" "$1"; }
killed_text() { echo 'Kill request successfully sent'; }
retrieving_text() { printf 'Setting the destination to %s\nRetrieving...\nRetrieved %s\nSuccess: All files successfully retrieved.\n' "$1" "$2"; }
no_log_text() { echo 'Retrieving...'; echo 'Failed to retrieve: job_out.1.0.txt'; }
job_log() {
  printf 'Sun Nov 22 10:30:00 UTC 2026: Job started\n======== gWMS-CMSRunAnalysis.sh STARTING ========\n'
  sed 's/^/== CMSSW: /'
  printf '======== gWMS-CMSRunAnalysis.sh FINISHING ========\n'
}
