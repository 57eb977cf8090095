// Prints every rule of tfsec as JSON: its id, its other names, its title and severity.
//
// tfsec is no longer developed, so the list was generated once and is stored next to this program. To generate it
// again, run in the repository's root:
//
//	data=$PWD/packages/modproof/src/modproof/compliance/data
//	go -C tools/tfsec run $data/tfsec_rules.go > $data/tfsec-rules.json
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/aquasecurity/defsec/pkg/framework"
	_ "github.com/aquasecurity/defsec/pkg/rego" // registers the rules written in Rego
	"github.com/aquasecurity/defsec/pkg/rules"
)

type rule struct {
	ID       string   `json:"id"`
	Other    []string `json:"other"`
	Title    string   `json:"title"`
	Severity string   `json:"severity"`
}

// legacyNames reads the former ids of rules (such as AWS018), by current id.
// They are in an internal package of tfsec, which other programs cannot import, so the source is parsed.
func legacyNames() (map[string][]string, error) {
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aquasecurity/tfsec").Output()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(strings.TrimSpace(string(folder)), "internal", "pkg", "legacy", "map.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return nil, err
	}
	names := map[string][]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		pair, ok := node.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		old, okOld := pair.Key.(*ast.BasicLit)
		present, okPresent := pair.Value.(*ast.BasicLit)
		if okOld && okPresent {
			id, _ := strconv.Unquote(present.Value)
			name, _ := strconv.Unquote(old.Value)
			names[id] = append(names[id], name)
		}
		return true
	})
	return names, nil
}

func main() {
	legacy, err := legacyNames()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	byID := map[string]rule{}
	for _, registered := range rules.GetRegistered(framework.ALL) {
		known := registered.Rule()
		if known.Terraform == nil {
			continue // for Dockerfiles, Kubernetes and CloudFormation only
		}
		id := known.LongID()
		other := append([]string{known.AVDID}, known.Aliases...)
		for _, name := range append([]string{id}, known.Aliases...) {
			other = append(other, legacy[name]...)
		}
		sort.Strings(other)
		byID[id] = rule{id, other, known.Summary, string(known.Severity)}
	}
	listed := make([]rule, 0, len(byID))
	for _, known := range byID {
		listed = append(listed, known)
	}
	sort.Slice(listed, func(i, j int) bool { return listed[i].ID < listed[j].ID })
	fmt.Println("[")
	for index, known := range listed {
		line, err := json.Marshal(known)
		if err != nil {
			panic(err)
		}
		comma := ","
		if index == len(listed)-1 {
			comma = ""
		}
		fmt.Printf(" %s%s\n", line, comma)
	}
	fmt.Println("]")
}
