package main

import (
	"encoding/json"
	"fmt"
	"io"
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

func answerAll(input io.Reader) ([]verdict, error) {
	var questions []question
	if err := json.NewDecoder(input).Decode(&questions); err != nil {
		return nil, err
	}
	verdicts := make([]verdict, len(questions))
	for at, asked := range questions {
		verdicts[at] = answer(asked)
	}
	return verdicts, nil
}
