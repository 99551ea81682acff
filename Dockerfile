# JupyterLab with the Rust kernel, for Binder, for JupyterHub, and for a machine of your own:
#
#     docker build --tag dfdx-lab .
#     docker run --rm --publish 127.0.0.1:8888:8888 dfdx-lab
#
# The last command prints the address to open. JupyterHub starts `jupyterhub-singleuser` instead.
# The checkout, the kernel and the prebuilt library are in /opt/dfdx-lab, so that a hub may mount
# a volume over the home folder. Everything is built and run by a user who is not root.
FROM rust:1.95-slim-bookworm

# Debian's release fixes the versions, and old ones do not stay in its archive.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

# The kernel needs the standard library's sources to infer the types of variables.
RUN rustup component add rust-src

# Binder sets these two.
ARG NB_USER=student
ARG NB_UID=1000
ENV USER=${NB_USER} \
    NB_UID=${NB_UID} \
    HOME=/home/${NB_USER}
RUN useradd --create-home --home-dir ${HOME} --uid ${NB_UID} --shell /bin/bash ${NB_USER} \
    && install --directory --owner ${NB_UID} /opt/dfdx-lab

COPY --chown=${NB_UID} . /opt/dfdx-lab
USER ${NB_USER}
WORKDIR /opt/dfdx-lab

# The set-up as on any machine; then what Binder and JupyterHub start, and the kernel where this
# Jupyter finds it. `.lab` has copies of all that a notebook uses, so the build output can go.
RUN cargo lab setup \
    && .lab/python/bin/python -m pip install --no-cache-dir notebook==7.6.5 jupyterhub==6.1.1 \
    && cargo lab install --prefix .lab/python \
    && rm -rf target "${CARGO_HOME}/registry" \
    && cp -r notebooks "${HOME}/notebooks"

ENV PATH=/opt/dfdx-lab/.lab/python/bin:${PATH}
WORKDIR ${HOME}
EXPOSE 8888
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--no-browser"]
