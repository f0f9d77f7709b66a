#!/usr/bin/env bash
# A job array on a one-node Slurm that is started here: five shards, one of which is stopped and goes on, merged,
# against one process. slurm.sh FOLDER_OF_PROGRAMS. Needs root, slurm-wlm and munge; leaves nothing behind.
. "$(dirname "${BASH_SOURCE[0]}")/study.sh"
for program in slurmctld slurmd munged sbatch; do
  PATH=$PATH:/usr/sbin command -v $program >/dev/null || missing $program "slurm-wlm munge"
done
((EUID == 0)) || skip "slurmd wants root"
export PATH=$PATH:/usr/sbin
batch=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/scripts/slurm/array.sbatch
cd "$work"
chmod 755 "$work"

pids=()
stop_all() {
  scancel --user root 2>/dev/null || true
  for pid in $(printf '%s\n' "${pids[@]}" | tac); do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap stop_all EXIT

host=$(hostname -s)
mkdir munge state spool
dd if=/dev/urandom of=munge/key bs=1024 count=1 status=none
chmod 700 munge && chmod 400 munge/key
munged --force --foreground --key-file "$work/munge/key" --socket "$work/munge/socket" --pid-file "$work/munge/pid" \
  --log-file "$work/munge/log" --seed-file "$work/munge/seed" 2>munged.log & pids+=($!)

port=$((20000 + RANDOM % 20000))
cat >slurm.conf <<CONF
ClusterName=basin
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
SlurmUser=root
SlurmctldPort=$port
SlurmdPort=$((port + 1))
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
JobRequeue=1
SchedulerParameters=sched_interval=1
MinJobAge=3600
KillWait=5
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$work/slurm.conf
slurmctld -D 2>/dev/null & pids+=($!)
slurmd -D 2>/dev/null & pids+=($!)
for _ in $(seq 100); do
  [[ $(sinfo --noheader --format %t 2>/dev/null) == idle ]] && break
  sleep 0.2
done
sinfo --noheader | grep -q idle || { say "FAILED: Slurm did not come up"; tail -20 slurmctld.log slurmd.log; exit 1; }

"${study[@]}" --out whole >whole.log

# The array counts from 3, in steps of 2: shards 1 to 5.
long=("${study[@]}" --out parts)
job=$(sbatch --parsable --array=3-11:2 --cpus-per-task=1 --mem=0 --time=10 --output=task-%a.log "$batch" "${long[@]}")

# One task is told that its time is nearly over as soon as its shard has begun: it ends with 75 and is queued again.
for _ in $(seq 500); do
  [[ -e parts/shards/1-of-5/config.toml ]] && break
  sleep 0.02
done
timeout 3 scancel --signal=USR1 --batch "${job}_3" || true  # it asks again while the task ends
for _ in $(seq 600); do
  states=$(squeue --noheader --array --jobs "$job" --states=PENDING,RUNNING,REQUEUED,COMPLETING 2>/dev/null | wc -l)
  ((states == 0)) && break
  # What was put back into the queue is held for a while; a user would wait.
  scontrol update jobid="${job}_3" starttime=now 2>/dev/null || true
  sleep 0.5
done
restarts=$(scontrol show job "${job}_3" | grep -o 'Restarts=[0-9]*' | head -1)
[[ $restarts == Restarts=1 ]] || { say "FAILED: the task was not queued again: $restarts"; cat task-3.log; exit 1; }
grep -q 'interrupted:.*shard 1-of-5' task-3.log || { say "FAILED: it was not interrupted"; cat task-3.log; exit 1; }

"$bin/merge" parts --quiet
sed -i 's/^threads = .*/threads = 0/' parts/config.toml
expect_equal whole parts
say "an array of 5 shards, one stopped and queued again, merged, is the run of one process"
