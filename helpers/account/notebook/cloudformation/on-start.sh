#!/bin/bash
# Runs at each start of the notebook instance, as root. Watches for idleness, and creates the
# course's environment and kernel. SageMaker ends the script after 5 minutes, so the long part is
# detached.
#
#   bash on-start.sh IDLE_MINUTES
idle_minutes=${1:-60}
here=$(cd "$(dirname "$0")" && pwd)
volume=/home/ec2-user/SageMaker # the only folder that a stop keeps

# First what saves money: a systemd timer, as Amazon Linux 2023 comes without cron.
stop_if_idle="/usr/bin/python3 $here/idle.py $idle_minutes"
if systemd-run --unit=course-idle --on-active=5min --on-unit-active=5min $stop_if_idle; then
    echo "The instance stops after $idle_minutes idle minutes: systemctl status course-idle.timer"
elif (crontab -l 2>/dev/null; echo "*/5 * * * * $stop_if_idle >> $volume/course-idle.log 2>&1") |
    crontab -; then
    echo "The instance stops after $idle_minutes idle minutes: crontab -l"
else
    echo "Idleness is NOT watched: neither systemd-run nor crontab works. Stop the instance yourself."
fi

# Files that root creates on the volume would not belong to the learner.
nohup setsid sudo -u ec2-user -H bash "$here/environment.sh" \
    >>"$volume/course-setup.log" 2>&1 </dev/null &
echo "The environment is made in the background, a few minutes at the first start:"
echo "tail -f ~/SageMaker/course-setup.log"
