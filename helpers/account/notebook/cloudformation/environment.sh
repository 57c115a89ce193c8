#!/bin/bash
# Runs as ec2-user, in the background. Creates the course's environment on the volume, which a stop
# keeps, and registers its kernel, which a stop removes. Does only what is missing.
set -eu
echo "--- $(date -u '+%Y-%m-%d %H:%M:%S') UTC"
cd "$(dirname "$0")/../../../.."
python=/home/ec2-user/SageMaker/.course-python # the instance's own are 3.9 and 3.10: too old
if [ ! -x $python/bin/python ]; then
    rm -rf $python
    for conda in /home/ec2-user/anaconda3/bin/conda conda; do
        if command -v $conda >/dev/null; then break; fi
    done
    $conda create --yes --quiet --prefix $python --override-channels -c conda-forge python=3.12
fi
PYTHON=$python/bin/python sh scripts/setup.sh
.venv/bin/python -m ipykernel install --user --name sagemaker-course --display-name "SageMaker course"
echo "The kernel 'SageMaker course' is ready."
