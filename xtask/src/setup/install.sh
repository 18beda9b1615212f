# Installs the packages named as arguments. Runs as root.
#
# Debian's packages start a system service when they are installed. A policy file, the mechanism
# Debian has for this, keeps them from doing so for as long as the installation takes. A policy
# that is already there is the administrator's and stays. The services are still enabled for the next
# start of the machine: `systemctl disable --now prometheus` and the like keep them off for good.
policy=/usr/sbin/policy-rc.d

if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
# A broken foreign source must not stand in the way; whether the packages are there decides.
apt-get -q update || true
apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "$@"
