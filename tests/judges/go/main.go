// Reads and writes JSON with Microsoft's own types of the Azure SDK for Go, for the tests in tests/judges.
//
// Standard input is a JSON array of {"model", "json"}, standard output an array of {"json"} or {"error"} in the same order:
// each document as the named type writes it after it has read it.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

type question struct {
	Model string          `json:"model"`
	JSON  json.RawMessage `json:"json"`
}

type verdict struct {
	JSON  json.RawMessage `json:"json,omitempty"`
	Error string          `json:"error,omitempty"`
}

func answer(asked question) verdict {
	read, known := models[asked.Model]
	if !known {
		return verdict{Error: fmt.Sprintf("there is no model %q in models.go", asked.Model)}
	}
	back, err := read(asked.JSON)
	if err != nil {
		return verdict{Error: err.Error()}
	}
	return verdict{JSON: back}
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	verdicts := make([]verdict, len(questions))
	for at, asked := range questions {
		verdicts[at] = answer(asked)
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
