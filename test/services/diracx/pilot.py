"""Stands in for optimizers, matcher and pilots of a DiracX of the tests: pilot.py URL TOKEN_FILE JOBDB FOLDER.

Jobs are processes on this machine. States go through DiracX's own interface; sandboxes through DiracX's own client.
"""
import asyncio
import json
import os
import pathlib
import signal
import sqlite3
import sys
import urllib.error
import urllib.request
from datetime import datetime, timezone
from urllib.parse import unquote

from diracx.api.jobs import create_sandbox, download_sandbox
from DIRACCommon.Core.Utilities.ClassAd.ClassAdLight import ClassAd
from DIRACCommon.WorkloadManagementSystem.DB.JobDBUtils import extractJDL

URL, TOKEN_FILE, JOB_DB, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], pathlib.Path(sys.argv[4])


def ask(method, path, body):
    headers = {"Authorization": f"Bearer {TOKEN_FILE.read_text().strip()}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{URL}{path}", json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text else None


async def call(method, path, body):
    for attempt in range(20):
        try:
            return await asyncio.to_thread(ask, method, path, body)
        except (urllib.error.URLError, TimeoutError) as error:
            # SQLite lets one write at a time, and DiracX does not wait for it.
            print(f"{method} {path}: {error!r}, attempt {attempt}", flush=True)
            await asyncio.sleep(0.2)
    raise RuntimeError(f"{method} {path}: no answer")


async def jobs_that(search):
    body = {"parameters": ["JobID", "Status"], "search": [search], "sort": []}
    return {row["JobID"]: row["Status"] for row in await call("POST", "/api/jobs/search?per_page=1000", body)}


async def set_state(job, status, minor):
    now = datetime.now(timezone.utc).isoformat()
    await call("PATCH", "/api/jobs/status", {job: {now: {"Status": status, "MinorStatus": minor, "Source": "test pilot"}}})


async def state_of(job):
    return (await jobs_that({"parameter": "JobID", "operator": "eq", "value": job}))[job]


def jdl_of(job):
    with sqlite3.connect(f"file:{JOB_DB}?mode=ro", uri=True, timeout=30) as db:
        (jdl,) = db.execute('SELECT "JDL" FROM "JobJDLs" WHERE "JobID" = ?', (job,)).fetchone()
    return ClassAd(extractJDL(jdl))


async def run(job):
    for status, minor in [("Checking", "JobSanity"), ("Waiting", "Pilot Agent Submission"), ("Matched", "Assigned"), ("Running", "Application")]:
        await set_state(job, status, minor)
    if await state_of(job) != "Running":
        return
    jdl = jdl_of(job)
    folder = FOLDER / str(job)
    folder.mkdir()
    for pfn in jdl.getListFromExpression("InputSandbox"):
        await download_sandbox(pfn, folder)
    code = await execute(job, jdl, folder)
    pfn = await create_sandbox([folder / name for name in jdl.getListFromExpression("OutputSandbox")])
    await call("PATCH", f"/api/jobs/{job}/sandbox/output", pfn)
    await set_state(job, "Completing", "Application Finished" if code == 0 else "Application Finished With Errors")
    await set_state(job, *(("Done", "Execution Complete") if code == 0 else ("Failed", "Application Finished With Errors")))


async def execute(job, jdl, folder):
    env = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    for variable in jdl.getListFromExpression("ExecutionEnvironment"):
        env[variable.split("=")[0]] = unquote(variable.split("=")[1])
    command = f'{jdl.getAttributeString("Executable")} {jdl.getAttributeString("Arguments")}'
    with open(folder / jdl.getAttributeString("StdOutput"), "ab") as out, open(FOLDER / "ledger", "a") as ledger:
        ledger.write(f'{jdl.getAttributeString("JobName")}\n')
        ledger.flush()
        process = await asyncio.create_subprocess_shell(command, cwd=folder, env=env, stdout=out, stderr=out, start_new_session=True)
        while True:
            try:
                return await asyncio.wait_for(process.wait(), 0.3)
            except asyncio.TimeoutError:
                if await state_of(job) in ("Killed", "Deleted"):
                    os.killpg(process.pid, signal.SIGKILL)


async def attempt(job):
    try:
        await run(job)
    except Exception as error:  # noqa: BLE001
        print(f"job {job}: {error!r}", flush=True)
        await set_state(job, "Failed", "Exception During Execution")


async def main():
    works = {}
    while True:
        for job in await jobs_that({"parameter": "Status", "operator": "eq", "value": "Received"}):
            if job not in works:
                works[job] = asyncio.create_task(attempt(job))
        await asyncio.sleep(0.1)


asyncio.run(main())
