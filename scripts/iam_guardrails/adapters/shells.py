"""How a shell is started so that its prompt says where one is and how long it lasts, after the user's own files.

The files made for that hold no secret; they lie in a folder of their own, which the shell removes as it starts and we
remove again. bash and zsh count down with each prompt; the others tell the end. The user's own files may name another
account or Region, as they do every day: what the session's process was given is set again after them, and a prompt that
counts down says so where it is no longer what counts.

Sources: Bash Reference Manual, "Bash Startup Files" (--rcfile) and PROMPT_COMMAND; The Z Shell Manual, "Startup/
Shutdown Files" (ZDOTDIR) and PROMPT_SUBST; fish documentation, `fish --init-command`.
"""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from iam_guardrails.model.incident.child import SESSION, WOULD_WIN
from iam_guardrails.model.value import field, frozen


@frozen
class Start:
    """arguments: of the program.  variables: to add.  folder: to remove afterwards, "" for none.

    live: whether the prompt counts down.
    """

    arguments: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    live: bool = False

    def clean(self) -> None:
        """Remove what was made."""
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def start_of(
    shell: str, label: str, seconds: int, end: str, colours: bool, zdotdir: str, place: str | None = None
) -> Start:
    """How to start `shell`. label: e.g. "prod INC-20261128-1250-k7qf".  end: e.g. "13:20 UTC".

    zdotdir: where the user's zsh files are.  place: where the folder is made (default: for temporary files). Where
    none can be made, the shell starts with the prompt that its variables allow.
    """
    name = Path(shell).name
    with suppress(OSError):
        if name == "bash":
            return _bash(shell, label, seconds, colours, place)
        if name == "zsh":
            return _zsh(shell, label, seconds, colours, zdotdir, place)
    plain = f"[{label} until {end}] "
    if name == "fish":
        again = f"{_FISH_AGAIN}; functions -q fish_prompt; and functions -c fish_prompt __guardrails_own; "
        shows = f"echo -n {shlex.quote(plain)}; set -q AWS_PROFILE; and echo -n '[AWS_PROFILE is set] '; "
        text = f"{again}function fish_prompt; {shows}functions -q __guardrails_own; and __guardrails_own; end"
        return Start(("/bin/sh", "-c", _FISH_KEEP, shell, text))
    return Start((shell, "-i"), {"PS1": f"{plain}$ ", "ENV": ""})  # ENV names the file that a plain shell reads


def _bash(shell: str, label: str, seconds: int, colours: bool, place: str | None) -> Start:
    folder = Path(tempfile.mkdtemp(prefix="guardrails-", dir=place))
    on, off = (r"\[\e[1;31m\]", r"\[\e[0m\]") if colours else ("", "")
    text = _BASH.format(
        folder=shlex.quote(str(folder)), label=shlex.quote(label), count=_COUNT.format(seconds=seconds), on=on, off=off,
        keep=_KEEP, again=_AGAIN,
    )  # fmt: skip
    (folder / "bashrc").write_text(text, encoding="utf-8")
    return Start((shell, "--rcfile", str(folder / "bashrc"), "-i"), {}, str(folder), True)


def _zsh(shell: str, label: str, seconds: int, colours: bool, zdotdir: str, place: str | None) -> Start:
    folder = Path(tempfile.mkdtemp(prefix="guardrails-", dir=place))
    on, off = ("%B%F{red}", "%f%b") if colours else ("", "")
    own = shlex.quote(zdotdir)
    first = _ZSHENV.format(own=own, folder=shlex.quote(str(folder)), keep=_KEEP)
    (folder / ".zshenv").write_text(first, encoding="utf-8")
    text = _ZSHRC.format(
        own=own, folder=shlex.quote(str(folder)), label=shlex.quote(label), count=_COUNT.format(seconds=seconds),
        on=on, off=off, again=_AGAIN,
    )  # fmt: skip
    (folder / ".zshrc").write_text(text, encoding="utf-8")
    return Start((shell, "-i"), {"ZDOTDIR": str(folder)}, str(folder), True)


# /proc/uptime runs while the machine sleeps and nobody sets it; SECONDS is what there is elsewhere.
_COUNT = """\
__guardrails_now() {{
  if [ -r /proc/uptime ]; then read -r __guardrails_at __guardrails_rest < /proc/uptime
    __guardrails_at=${{__guardrails_at%%.*}}
  else __guardrails_at=$SECONDS; fi
}}
__guardrails_now
__guardrails_end=$(( __guardrails_at + {seconds} ))
__guardrails_count() {{
  local left minutes rest
  __guardrails_now
  left=$(( __guardrails_end - __guardrails_at ))
  if [ "$left" -le 0 ]; then __guardrails_mark="[$__guardrails_label OVER]"; return 0; fi
  minutes=$(( left / 60 )); rest=$(( left % 60 )); [ "$rest" -lt 10 ] && rest="0$rest"
  __guardrails_mark="[$__guardrails_label $minutes:$rest]"
  if [ "${{AWS_ACCESS_KEY_ID-}}:${{AWS_PROFILE-}}" != "$__guardrails_AWS_ACCESS_KEY_ID:" ]; then
    __guardrails_mark="[$__guardrails_label: OTHER CREDENTIALS]"
  elif [ "${{AWS_REGION-}}" != "$__guardrails_AWS_REGION" ]; then
    __guardrails_mark="[$__guardrails_label $minutes:$rest in ${{AWS_REGION:-no Region}}]"
  fi
}}
"""
_SECRET = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_KEEP = "".join(f"__guardrails_{name}=${{{name}-}}\n" for name in SESSION)
_AGAIN = (
    "".join(f'export {name}="$__guardrails_{name}"\n' for name in SESSION)
    + f"unset __guardrails_{' __guardrails_'.join(_SECRET)}\n"
    + f"unset {' '.join(sorted(WOULD_WIN))}\n"
    + "unalias aws 2>/dev/null || :; unset -f aws 2>/dev/null || :\n"  # it may name a profile
)
# fish reads the user's files before the command it is given, so that the values are kept in variables beside them
_FISH_KEEP = "".join(f'export __guardrails_{name}="${name}"; ' for name in SESSION) + 'exec "$0" --init-command "$1"'
_FISH_AGAIN = "; ".join([
    *(f"set -gx {name} $__guardrails_{name}; set -e __guardrails_{name}" for name in SESSION),
    *(f"set -eg {name}" for name in sorted(WOULD_WIN)), "functions -e aws",  # not the user's universal ones, for good
])  # fmt: skip
_BASH = r"""# made by guardrails for one shell; holds no secret
command rm -rf -- {folder}
{keep}[ -r ~/.bashrc ] && . ~/.bashrc
{again}__guardrails_label={label}
{count}
__guardrails_prompt() {{
  __guardrails_count
  case $PS1 in *'${{__guardrails_mark}}'*) ;; *) PS1='{on}${{__guardrails_mark}}{off} '$PS1 ;; esac
}}
shopt -s promptvars
case $(declare -p PROMPT_COMMAND 2>/dev/null) in
  'declare -a'*) PROMPT_COMMAND+=(__guardrails_prompt) ;;
  *) PROMPT_COMMAND="${{PROMPT_COMMAND:+$PROMPT_COMMAND
}}__guardrails_prompt" ;;
esac
"""
_ZSHENV = """# made by guardrails for one shell; holds no secret
{keep}ZDOTDIR={own}
[ -r {own}/.zshenv ] && . {own}/.zshenv
ZDOTDIR={folder}
"""
_ZSHRC = """# made by guardrails for one shell; holds no secret
command rm -rf -- {folder}
ZDOTDIR={own}
[[ $HISTFILE == {folder}/* ]] && HISTFILE={own}/.zsh_history
[ -r {own}/.zshrc ] && . {own}/.zshrc
{again}__guardrails_label={label}
{count}
__guardrails_prompt() {{
  __guardrails_count
  [[ $PROMPT == *'${{__guardrails_mark}}'* ]] || PROMPT='{on}${{__guardrails_mark}}{off} '$PROMPT
}}
setopt prompt_subst
typeset -ga precmd_functions
precmd_functions+=(__guardrails_prompt)
(( $+functions[TRAPWINCH] )) || TRAPWINCH() {{ __guardrails_count; zle && zle reset-prompt; return 0 }}
"""
