# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2154
#
# Debian's suites without touching the machine's apt: own state, own sources,
# but the machine's mirror and its way to reach it.  Sourced after common.sh.

machine_config=${APT_CONFIG:-}

# Settings that decide how to reach a mirror (proxies, Check-*, Retries ...),
# as apt.conf lines.  Lists ("Name::") and what describes indices stay out.
acquire_settings() {
	apt-config dump --no-empty | grep '^Acquire::[A-Za-z]' |
		grep -vE '^Acquire::(IndexTargets|Changelogs|CompressionTypes|cdrom|Languages|GzipIndexes)|^[^ ]*:: ' || :
}

# mirror_of LABEL [OPTION...]: the URI of the machine's source that calls itself so.
mirror_of() {
	apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' \
		'Created-By: Packages' "${@:2}" 2>/dev/null |
		awk -F'|' -v l="$1" '$1 == "Debian" && $2 == l && $3 == "main" && $4 !~ /^cdrom:/ {
			sub("/$", "", $4); print $4; exit }'
}

# Sets mirror and security.  Origins are known only once package lists have
# been read, so where the machine has none, read them into a place of our own.
find_mirrors() {
	local state=$cache/apt/machine fd
	local -a own=(-o "Dir::State=$state" -o "Dir::Cache=$state" -o "APT::Sandbox::User=root"
		-o "APT::Update::Post-Invoke=" -o "APT::Update::Post-Invoke-Success=")

	mirror=${S2M_MIRROR:-$(mirror_of Debian)}
	security=${S2M_SECURITY_MIRROR:-}
	[ -n "$security" ] || [ -n "${S2M_MIRROR:-}" ] || security=$(mirror_of Debian-Security)
	if [ -z "$mirror" ]; then
		exec {fd}>"$cache/lock/apt.machine"
		flock "$fd"
		mkdir -p "$state/lists/partial" "$state/archives/partial"
		mirror=$(mirror_of Debian "${own[@]}")
		if [ -z "$mirror" ]; then
			apt-get "${own[@]}" -qq update >&2 || :
			mirror=$(mirror_of Debian "${own[@]}")
		fi
		[ -n "$mirror" ] ||
			die "this machine's apt has no Debian mirror: set S2M_MIRROR (and S2M_SECURITY_MIRROR)"
		[ -n "$security" ] || security=$(mirror_of Debian-Security "${own[@]}")
		exec {fd}>&-
	fi
	: "${security:=$mirror-security}"
}

# sources SUITE [OPTION]: sources.list lines.  find_mirrors comes first.
sources() {
	local suite=$1 key=/usr/share/keyrings/debian-archive-keyring.gpg
	local opt=${2:-}
	[ ! -e "$key" ] || opt="${opt:+$opt }signed-by=$key"
	opt=${opt:+[$opt] }
	echo "deb $opt$mirror ${suite%-main} main"
	case $suite in
	sid | experimental | forky | *-*) ;;
	*)
		echo "deb $opt$mirror $suite-updates main"
		echo "deb $opt$security $suite-security main"
		;;
	esac
}

# use_suite SUITE [refresh]: points APT_CONFIG at that suite, native and arm64.
# Lists younger than ten minutes are good enough for a refresh, too.
use_suite() {
	local dir=$cache/apt/$1 fd
	exec {fd}>"$cache/lock/apt.$1"
	flock "$fd"
	export APT_CONFIG=$machine_config
	if [ ! -e "$dir/stamp" ] || { [ "${2:-}" ] && ! fresh "$dir/stamp" 10; }; then
		find_mirrors
		mkdir -p "$dir"/{empty,state/lists/partial,cache/archives/partial}
		: >"$dir/status"
		sources "$1" "arch=$(printf '%s\n' "$native" arm64 | sort -u | paste -sd,)" >"$dir/sources.list"
		{
			acquire_settings
			cat <<-EOC
			Dir::State "$dir/state";
			Dir::State::status "$dir/status";
			Dir::Cache "$dir/cache";
			Dir::Etc::sourcelist "$dir/sources.list";
			Dir::Etc::sourceparts "$dir/empty";
			Dir::Etc::main "$dir/empty/none";
			Dir::Etc::parts "$dir/empty";
			Dir::Etc::preferences "$dir/empty/none";
			Dir::Etc::preferencesparts "$dir/empty";
			APT::Architecture "$native";
			APT::Architectures { "$native"; "arm64"; };
			APT::Sandbox::User "root";
			Acquire::Languages "none";
			EOC
		} >"$dir/apt.conf"
		# An old list is better than none; who needs a package that is
		# gone finds out when downloading it.
		if APT_CONFIG=$dir/apt.conf apt-get -qq -o APT::Update::Error-Mode=any update >"$dir/log" 2>&1; then
			touch "$dir/stamp"
		else
			say "cannot read the package lists of $1 afresh: $(grep -m1 '^[EW]:' "$dir/log")"
		fi
	fi
	exec {fd}>&-
	APT_CONFIG=$dir/apt.conf
}

# closure [--image] PACKAGE...: the kernel packages behind meta packages, a line each; with
# --image those that the image itself may be in, since the others go first when they go:
#   name[:arch]=version<TAB>depends
# kbuild holds programs that run here; everything else is arm64 or for all.
closure() {
	local follow='^linux-(image|binary|modules|base|headers|kbuild)-'
	local -A seen=()
	local p q show version deps dep
	if [ "$1" = --image ]; then
		follow='^linux-(image|binary)-'
		shift
	fi
	local -a queue=("$@")
	while [ ${#queue[@]} -gt 0 ]; do
		p=${queue[0]}
		queue=("${queue[@]:1}")
		[ -z "${seen[$p]:-}" ] || continue
		seen[$p]=1
		q=$p:arm64
		case $p in linux-kbuild-*) q=$p:$native ;; esac
		show=$(apt-cache show --no-all-versions "$q" 2>/dev/null || :)
		if [ -z "$show" ]; then # for all architectures
			q=$p
			show=$(apt-cache show --no-all-versions "$q" 2>/dev/null || :)
		fi
		[ -n "$show" ] || return 1
		version=$(sed -n 's/^Version: //p;/^$/q' <<<"$show")
		deps=$(sed -n 's/^Depends: //p;/^$/q' <<<"$show")
		printf '%s=%s\t%s\n' "$q" "$version" "$deps"
		while read -r dep; do
			[[ ! $dep =~ $follow ]] || queue+=("$dep")
		done < <(tr ',' '\n' <<<"$deps" | sed 's/^ *//; s/[ :(|].*//')
	done
}
