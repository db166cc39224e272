// Microsoft's own types and published examples of the Azure SDK for Go, for the tests in tests/judges.
//
// `judge models`: standard input is a JSON array of {"model", "json"}, standard output an array of {"json"} or {"error"} in
// the same order: each document as the named type writes it after it has read it.
//
// `judge examples`: prints the examples of the SDK as a JSON object by name, each with its "request" and "response".
//
// `judge client`: standard input is a plan of calls, standard output an array with the outcome of each. The SDK's client makes
// the calls.
//
// `judge names`: standard input is a certificate with its authority and names of its server, standard output an array with "" or the
// reason why Go does not trust it, for each name.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 1 {
		return fmt.Errorf("usage: judge models|examples|client|names")
	}
	var result any
	var err error
	switch arguments[0] {
	case "models":
		result, err = answerAll(os.Stdin)
	case "examples":
		result = allExamples()
	case "client":
		result, err = runPlan(os.Stdin)
	case "names":
		result, err = verifyNames(os.Stdin)
	default:
		err = fmt.Errorf("there is no command %q", arguments[0])
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}
