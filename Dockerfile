# The official image with the Python packages that the add-ons need, at the same versions
# as ./sop installs. The add-ons themselves are mounted (docker-compose.yml).
FROM odoo:19.0

USER root
COPY requirements/addons.txt /opt/sop/requirements.txt
# The image's Python is the system's own: its packages stay, ours come before them.
RUN pip3 install --no-cache-dir --break-system-packages --ignore-installed \
    -r /opt/sop/requirements.txt
USER odoo
