# What the CREAM client prints. Nothing here was recorded: there is no server to record it from.
# constructed from italiangrid/cream-client-api-c:src/creamApiLogger.cpp (pattern "%d %p - %m%n", on standard output),
# src/ExceptionFactory.cpp, interface/glite/ce/cream-client-api-c/BaseException.h, src/VOMSWrapper.cpp, and from
# italiangrid/cream-cli:src/services/cli_service.cpp, src/services/cli_service_jobsubmit.cpp, src/glite-ce-job-status.cpp,
# src/glite-ce-job-cancel.cpp, src/glite-ce-job-purge.cpp, src/glite-ce-job-output.cpp, src/glite-ce-allowed-submission.cpp,
# src/util/cliUtils.cpp. What stands inside Description=[...] and FaultDetail=[...] comes from a service: these are examples.
log() { printf '2026-11-22 10:30:00,123 %s - %s\n' "$1" "$2"; }
expired_text() { log FATAL "Problems with proxyfile [/home/officer/proxy.pem]: The proxy has EXPIRED!"; }
denied_text() { log FATAL "MethodName=[$1] ErrorCode=[0] Description=[Authorization error: the user is not authorized for the operation] FaultCause=[N/A] Timestamp=[Sun 22 Nov 2026 10:30:00]"; }
dead_text() { log FATAL "Connection to service [https://$1/ce-cream/services/CREAM2] failed: FaultString=[connection error] - FaultCode=[SOAP-ENV:Client] - FaultSubCode=[SOAP-ENV:Client] - FaultDetail=[Connection refused]"; }
syntax_text() { log ERROR "Error while processing file [$1]: Syntax error. Will not submit this JDL"; }
no_file_text() { log WARN "ERROR in JDL: $1: the file [$2] is not there or is not accessible. Will NOT submit this JDL."; }
ceid_text() { echo "Specified CEID has wrong format. Must be <host>[:<tcp_port>]/cream-<batch_system_name>-<queue_name>"; }
option_text() { printf 'There was an error parsing the command line. Error was: unrecognised option %s\nType %s --help for the list of available options\n' "'$2'" "$1"; }
status_head() { printf '\n******  JobID=[%s]\n' "$1"; }
status_text() { printf '\tStatus        = [%s]\n' "$1"; }
exit_text() { printf '\tExitCode      = [%s]\n' "$1"; }
reason_text() { printf '\tFailureReason = [%s]\n' "$1"; }
fault_text() { printf '\tFor this job CREAM has returned a fault: MethodName=[%s] Timestamp=[Sun 22 Nov 2026 10:30:00] ErrorCode=[0] Description=[%s] FaultCause=[%s]\n' jobStatus 'job not found' 'N/A'; }
could_not() { printf "Couldn't %s job [%s]: %s\n" "$1" "${2##*/}" "$3"; }
not_found_text() { echo "This job has not been found on the CREAM server. Server error message is [MethodName=[$1] ErrorCode=[0] Description=[job not found]]"; }
incompatible_text() { echo "This job was not matching the status or had a status incompatible for operation. Server error message is [status mismatch: the job has a status not compatible with the $1 command!]"; }
no_output_text() { log WARN "JobID [$1] doest not exist"; }
output_text() { log INFO "For JobID [$1] output will be stored in the dir $2"; }
allowed_text() { echo "Job Submission to this CREAM CE is $1"; }
info_text() { printf '\tCurrent Status = [IDLE]\n\tJDL            = [[ JobType = "Normal"; Environment = { "JOB_LABEL=%s" }; Executable = "/bin/sh" ]]\n\n\tJob status changes:\n\t-------------------\n\tStatus         = [REGISTERED] - [Sun 22 Nov 2026 10:30:00] (1795343400)\n' "$1"; }
