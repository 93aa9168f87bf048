# What HTCondor's commands print: every line is constructed from the format strings of its sources (github.com/htcondor/htcondor),
# none is recorded, since HTCondor is not in Debian 12.

# src/condor_submit.V6/submit.cpp, print_submit_summary: `-terse`.
text_submitted() { printf '%s.0 - %s.0\n' "$1" "$1"; }
# src/condor_submit.V6/submit.cpp: ConnectQ failed; the error stack follows.
text_no_queue() { printf '\nERROR: Failed to connect to queue manager %s\n%s\n' "$1" "$2" >&2; }
# src/condor_submit.V6/submit.cpp: the commit was answered with no, by a submit requirement.
text_not_committed() { printf '\nERROR: Failed to commit job submission into the queue.\nERROR: %s\n' "$1" >&2; }
# The same, without an answer.
text_commit_lost() { printf '\nERROR: Failed to commit job submission into the queue.\n' >&2; }
# src/condor_submit.V6/submit.cpp: SendJobFiles failed after the commit.
text_not_spooled() { printf '\n%s\nERROR: Failed to spool job files.\n' 'DCSchedd::spoolJobFiles:7001:File transfer failed' >&2; }
# src/condor_q.V6/queue.cpp and src/condor_tools/history.cpp.
text_no_ads() { printf -- '\n-- Failed to fetch ads from: <127.0.0.1:9619> : %s\n%s\n' "$1" "$2" >&2; }
# src/condor_daemon_client/dc_schedd.cpp, JobActionResults::getResultString.
text_marked() { printf 'Job %s marked for removal\n' "$1"; }
text_marked_before() { printf 'Job %s already marked for removal\n' "$1"; }
text_not_found() { printf 'Job %s not found\n' "$1" >&2; }
text_not_permitted() { printf 'Permission denied to remove job %s\n' "$1" >&2; }
# src/condor_tools/transfer_data.cpp.
text_fetching() { printf 'Fetching data files...\n'; }
# src/condor_io/condor_secman.cpp, authentication.cpp, src/condor_io/sock.cpp: the error stack, code and words.
text_denied() { printf 'SECMAN:2010:Received "DENIED" from server for user %s using method SCITOKENS.' "$1"; }
text_unauthenticated() { printf 'AUTHENTICATE:1003:Failed to authenticate with any method'; }
text_no_connection() { printf 'CEDAR:6001:Failed to connect to <127.0.0.1:9619>'; }
# src/condor_tools/ping.cpp, print_useful_info_2: `-verbose`. $1: TRUE or FALSE.
text_ping() {
  printf 'Remote Version:              $CondorVersion: 23.0.0 2023-09-29 $\nLocal  Version:              $CondorVersion: 23.0.0 2023-09-29 $\n'
  printf 'Session ID:                  ce:1:2:3\nInstruction:                 WRITE\nCommand:                     60021\n'
  printf 'Encryption:                  AES\nIntegrity:                   AES\nAuthenticated using:         %s\n' "$3"
  printf 'All authentication methods:  SCITOKENS,SSL\nRemote Mapping:              %s\nAuthorized:                  %s\n\n' "$2" "$1"
}
text_ping_failed() { printf 'WRITE failed!\n%s\n\n' "$1"; }
