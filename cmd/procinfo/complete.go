// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/gopsutil-extra/procinfo"
)

// completeCommand is how the scripts below ask what can stand for the last of the words that follow: one candidate a line,
// what it is about behind a tab.
const completeCommand = "__complete"

// completions have the shells complete by way of completeCommand, so that they know what this procinfo knows. What is called
// is the procinfo that is being typed, also if that is a path.
var completions = map[string]string{
	// bash makes words of their own of "=" and ":", which complete knows.
	"bash": `# procinfo completion for bash: source <(procinfo completion bash)
_procinfo() {
	local line words=("${COMP_WORDS[@]:1:COMP_CWORD}")
	COMPREPLY=()
	while IFS=$'\t' read -r line _; do
		[[ $line ]] && COMPREPLY+=("$line")
	done < <("${COMP_WORDS[0]/#\~/$HOME}" ` + completeCommand + ` "${words[@]}" 2>/dev/null)
	if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then
		compopt -o nospace 2>/dev/null
	fi
}
complete -F _procinfo procinfo
`,
	"zsh": `#compdef procinfo
# procinfo completion for zsh: source <(procinfo completion zsh)
_procinfo() {
	local line word about
	local -a found plain
	for line in ${(f)"$(${~words[1]} ` + completeCommand + ` "${(@Q)words[2,CURRENT]}" 2>/dev/null)"}; do
		word=${line%%$'\t'*} about=${line#*$'\t'}
		if [[ $word == *= ]]; then
			plain+=($word)
		elif [[ -n $word ]]; then
			found+=("${word//:/\\:}${about:+:$about}")
		fi
	done
	(( $#plain )) && compadd -S '' -M 'm:{a-z}={A-Z}' -- $plain
	(( $#found )) && _describe -V procinfo found
	(( $#plain + $#found ))
}
if [[ $funcstack[1] == _procinfo ]]; then
	_procinfo "$@"
else
	compdef _procinfo procinfo
fi
`,
	"fish": `# procinfo completion for fish: procinfo completion fish | source
function __procinfo_complete
	set -l words (commandline -opc) (commandline -ct)
	set -l program (string replace -r '^~' $HOME -- $words[1])
	$program ` + completeCommand + ` $words[2..-1] 2>/dev/null
end
complete -c procinfo -f -a '(__procinfo_complete)'
`,
}

var shells = []string{"bash", "zsh", "fish"}

func (a *app) completion(args []string) error {
	if len(args) != 1 || completions[args[0]] == "" {
		return usagef("completion is for one of %s", strings.Join(shells, ", "))
	}
	a.out.WriteString(completions[args[0]])
	return nil
}

// A candidate can stand for a word.
type candidate struct{ word, about string }

// complete prints what can stand for the last word. It is silent about everything else.
func (a *app) complete(words []string) {
	if len(words) == 0 {
		words = []string{""}
	}
	last := words[len(words)-1]
	for _, c := range a.candidates(words[:len(words)-1], last) {
		if hasPrefix(c.word, last) {
			fmt.Fprintf(a.out, "%s\t%s\n", c.word, c.about)
		}
	}
}

// hasPrefix minds upper and lower case only where the candidate does: resources can be written in any.
func hasPrefix(word, prefix string) bool {
	if strings.HasPrefix(word, prefix) {
		return true
	}
	return strings.HasSuffix(word, "=") && len(prefix) <= len(word) && strings.EqualFold(word[:len(prefix)], prefix)
}

// candidates returns what can follow some words, if it is to begin like last.
func (a *app) candidates(before []string, last string) []candidate {
	all, others := false, false
	for len(before) > 0 && isFlag(before[0]) {
		f, _, valued := findFlag(before[0])
		switch {
		case f == nil:
			return nil
		case f.name == "a":
			all = true
		}
		before, others = before[1:], true
		if f.value != "" && !valued {
			if len(before) == 0 {
				return a.values(f.name)
			}
			before = before[1:]
		}
	}
	switch {
	case len(before) == 0 && strings.HasPrefix(last, "-"):
		return flagCandidates()
	case len(before) == 0:
		if all {
			return nil
		}
		if others {
			return a.processes()
		}
		return append([]candidate{{"limit", "show or set limits"}, {"completion", "a script for a shell"}}, a.processes()...)
	case before[0] == "completion" && len(before) == 1:
		return plain(shells)
	case before[0] == "limit" && len(before) == 1:
		return a.processes()
	case before[0] == "limit":
		return limitCandidates(before[2:], last)
	case digits(before[0]):
		return a.processes()
	}
	return nil
}

func flagCandidates() []candidate {
	var list []candidate
	for _, f := range flags() {
		if f.about != "" {
			list = append(list, candidate{"-" + f.name, f.about})
		}
	}
	return list
}

func limitCandidates(before []string, last string) []candidate {
	// What follows "=" or ":", in a word of its own or behind them.
	if n := len(before); last == "=" || n > 0 && (before[n-1] == "=" || before[n-1] == ":") {
		return plain([]string{"unlimited"})
	}
	if at := strings.LastIndexAny(last, "=:"); at >= 0 {
		return plain([]string{last[:at+1] + "unlimited"})
	}
	var list []candidate
	for _, r := range procinfo.Resources() {
		list = append(list, candidate{r.String() + "=", unit(r)})
	}
	return list
}

// values are those of flags that it is worth to look up.
func (a *app) values(flag string) []candidate {
	switch flag {
	case "sort":
		return plain(columnNames())
	case "umask":
		return plain([]string{"0000", "0002", "0022", "0027", "0077"})
	case "watch":
		return plain([]string{"1", "2", "5", "10"})
	case "user":
		var list []candidate
		text, _ := os.ReadFile("/etc/passwd") // package user has no list
		for line := range strings.Lines(string(text)) {
			if name, _, ok := strings.Cut(line, ":"); ok && name != "" && strings.Trim(name, "#+") == name && printable(name) == name {
				list = append(list, candidate{word: name})
			}
		}
		return list
	case "pgid", "sid":
		return a.leaders(flag)
	}
	return nil
}

// leaders are the processes that lead a process group or session.
func (a *app) leaders(flag string) []candidate {
	var list []candidate
	for info := range procinfo.All(procinfo.FieldPgid, procinfo.FieldSid) {
		id := info.Pgid
		if flag == "sid" {
			id = info.Sid
		}
		if id == info.PID {
			list = append(list, processCandidate(id))
		}
	}
	return list
}

func (a *app) processes() []candidate {
	var list []candidate
	for info := range procinfo.All(procinfo.FieldPgid) {
		if info.PID >= 0 {
			list = append(list, processCandidate(info.PID))
		}
	}
	return list
}

func processCandidate(pid int) candidate {
	return candidate{strconv.Itoa(pid), printable(identify(pid).name)}
}

func plain(words []string) []candidate {
	list := make([]candidate, len(words))
	for i, w := range words {
		list[i].word = w
	}
	return list
}
