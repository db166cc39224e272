/**
 * Microsoft's published examples of Azure Machine Learning. Each function of the Go module's `*_example_test.go` files is
 * generated from one example of Azure/azure-rest-api-specs: it sends the example's request as a Go value, and a comment
 * contains the example's response as another. Here they become one Go file that can be compiled, so that the module's own
 * types write them as JSON. Nothing of the module is stored in this repository.
 */
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";

const sdk = "github.com/Azure/azure-sdk-for-go/sdk";
const header = `package main

import (
	"time"

	"${sdk}/azcore/to"
	"${sdk}/resourcemanager/machinelearning/armmachinelearning/v4"
)

// The examples without a time need no package time.
var _ = time.RFC3339Nano
`;

/** The Go file with all examples in the folder of the module `armmachinelearning`. */
export function examplesAsGo(moduleFolder: string): string {
  const files = readdirSync(moduleFolder).filter((name) => name.endsWith("_example_test.go"));
  const entries = files.sort().flatMap((name) => {
    const text = readFileSync(path.join(moduleFolder, name), "utf8");
    return [...text.matchAll(/^func (Example\w+)\(\) \{\n([\s\S]*?)^\}$/gm)].map(
      ([, example = "", body = ""]) => entry(example, body),
    );
  });
  return `${header}\nfunc init() {\n${entries.join("")}}\n`;
}

function entry(name: string, body: string): string {
  const request = requestOf(body);
  const response = responseOf(body);
  const fields = [
    ...(request ? [`Request: ${request}`] : []),
    ...(response ? [`Response: ${response}`] : []),
  ];
  return `examples["${name.replace(/^Example/, "")}"] = func() example { return example{${fields.join(", ")}} }\n`;
}

/** The body that the example's call sends. */
function requestOf(body: string): string | undefined {
  const call = /\(ctx, (?:"[^"\n]*", )*(?=armmachinelearning\.\w+\{)/.exec(body);
  return call ? literalAt(body, call.index + call[0].length) : undefined;
}

/** The answer, which the example shows in a comment. */
function responseOf(body: string): string | undefined {
  const lines = [...body.matchAll(/^[\t ]*\/\/ ?(.*)$/gm)].map(([, line]) => line ?? "");
  const comment = lines.join("\n");
  const start = /^\t*(?:res|page)(?:\.\w+)? = &?(?=armmachinelearning\.)/m.exec(comment);
  return start ? literalAt(comment, start.index + start[0].length) : undefined;
}

/** The Go literal that begins at `start`: up to the brace that closes its first one. */
function literalAt(text: string, start: number): string {
  let depth = 0;
  for (const match of text.slice(start).matchAll(/"(?:[^"\\\n]|\\.)*"|`[^`]*`|[{}]/g)) {
    if (match[0] === "{") depth++;
    if (match[0] === "}" && --depth === 0) return text.slice(start, start + match.index + 1);
  }
  throw new Error(`An example of the Go module has no end: ${text.slice(start, start + 60)}`);
}
