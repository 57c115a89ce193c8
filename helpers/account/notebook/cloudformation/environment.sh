#!/bin/bash
# Runs as ec2-user, in the background. Creates the course's environment on the volume, which a stop
# keeps, and registers its kernel and the settings of JupyterLab, which a stop removes. Does only
# what is missing.
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
mkdir -p ~/.jupyter/labconfig ~/.local/share/jupyter/labextensions # the instance's own JupyterLab's
cp scripts/etc/jupyter/labconfig/default_setting_overrides.json ~/.jupyter/labconfig
cp -r scripts/etc/jupyter/labextensions/sagemaker-course ~/.local/share/jupyter/labextensions
.venv/bin/python -m helpers lessons || true # writes the start page, also where AWS does not answer
.venv/bin/python -m ipykernel install --user --name sagemaker-course --display-name "SageMaker course"
echo "The kernel 'SageMaker course' is ready. Begin with: course/Start Here.md"
