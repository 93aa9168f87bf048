# What the gLite user interface prints. Nothing here was recorded: there is no server to record it from.
# constructed from italiangrid/org.glite.wms:org.glite.wms-ui.commands/src/services/jobsubmit.cpp, jobcancel.cpp, joboutput.cpp,
# lbapi.cpp, src/utilities/excman.cpp, src/lbclient/glite-wms-job-status, config/glite_wmsui_cmd_err.conf.in, and from
# org.glite.wms-ui.api-python/src/api/wmsui_api.py. What stands after these texts comes from a server: these are examples.
row() { printf '==========================================================================\n'; }
error_text() { printf '\nError - %s\n%s\n\n' "$1" "$2"; }
warning_text() { printf '\nWarning - %s\n%s\n\n' "$1" "$2"; }
connecting_text() { printf '\nConnecting to the service %s\n\n' "$1"; }
submitted_text() {
  printf '\n====================== glite-wms-job-submit Success ======================\n\n'
  printf 'The job has been successfully submitted to the WMProxy\nYour job identifier is:\n\n%s\n\n' "$1"
  row
  printf '\n\n'
}
expired_text() { error_text 'Proxy validity Error' 'Your proxy credential has expired'; }
ui_expired_text() { printf '**** Error: UI_PROXY_EXPIRED ****  \nProxy certificate validity expired.\n\n'; }
denied_text() {
  warning_text "Unable to delegate the credential to the endpoint: $1" 'User not authorized:
unable to check credential permission (/etc/glite-wms/glite_wms_wmproxy.gacl) (credential entry not found)'
  error_text 'Operation failed' 'Unable to find any endpoint where to perform service request'
}
dead_text() {
  warning_text "Unable to delegate the credential to the endpoint: $1" 'Connection failed: CONNECT to the server: Connection refused'
  error_text 'Operation failed' 'Unable to find any endpoint where to perform service request'
}
syntax_text() { error_text 'AdSyntaxException' "Syntax error: unable to parse the JDL file $1"; }
option_text() { error_text 'Wrong Option: ' "$1"; }
native_error() { printf '**** %s: API_NATIVE_ERROR ****  \nError while calling the "%s" native api \n%s\n\n' "$1" "$2" "$3"; }
no_job_text() { printf 'Unable to retrieve the status for: %s\nedg_wll_JobStatus: No such file or directory: no matching jobs found' "$1"; }
no_match_text() { printf 'edg_wll_QueryJobs: No such file or directory: no matching jobs found'; }
lb_dead_text() { printf 'Unable to retrieve the status for: %s\nedg_wll_JobStatus: Connection refused: edg_wll_gss_connect()' "$1"; }
open_all_text() { printf '**** Error: LB_API_OPEN_ALL ****  \nUnable to open connection with any LB supplied\n\n'; }
asking_text() { printf '\nRetrieving Information from LB server %s:%s\nPlease wait: this operation could take some seconds.\n\n' "$1" "$2"; }
status_text() {
  printf '\n\n======================= glite-wms-job-status Success =====================\nBOOKKEEPING INFORMATION:\n\n'
  printf 'Status info for the Job : %s\nCurrent Status:     %s \n' "$1" "$2"
  [ -z "$3" ] || printf 'Exit code:          %s\n' "$3"
  [ -z "$4" ] || printf 'Status Reason:      %s\n' "$4"
  printf 'Destination:        ce.site-one.example:8443/cream-pbs-exercise\nSubmitted:          Sun Nov 22 10:30:00 2026 UTC\n'
  row
  printf '\n\n'
}
cancelled_text() {
  printf '\n============================= glite-wms-job-cancel Success =============================\n\n'
  printf 'The cancellation request has been successfully submitted for the following job(s):\n\n%s\n' "$1"
  printf '\n========================================================================================\n\n'
}
cancel_refused_text() { error_text 'Cancel not allowed' "Current Job Status is $1"; }
cancel_warning_text() { printf '\nWarning - Not allowed to cancel the job:\n%s\nCurrent Job Status is %s\n\n' "$1" "$2"; }
no_status_text() { error_text 'Unable to retrieve the job status' "glite.lb.Job.status(): no matching jobs found ($1)"; }
retrieved_text() {
  printf '\n================================================================================\n\n\t\t\tJOB GET OUTPUT OUTCOME\n\n'
  printf 'Output sandbox files for the job:\n%s\nhave been successfully retrieved and stored in the directory:\n%s\n\n' "$1" "$2"
}
not_ready_text() { error_text 'Output not yet ready' "Current Job Status is: $1"; }
was_cancelled_text() { error_text 'Output not allowed' 'The Job has been cancelled'; }
already_text() { error_text 'Output not allowed' 'Output files already retrieved'; }
