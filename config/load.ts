import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { problemReport } from "../azureml/problem";
import { parseConfig } from "./parse";
import type { StackConfig } from "./stackConfig";

/**
 * Reads the stack's configuration. No other module of the program reads it.
 * @throws pulumi.RunError that lists every mistake.
 */
export function loadConfig(): StackConfig {
  const parsed = parseConfig({
    values: pulumi.runtime.allConfig(),
    project: pulumi.getProject(),
    env: process.env,
    readFile: (path) => readFileSync(resolve(path), "utf8"),
  });
  if ("config" in parsed) return parsed.config;
  const { problems } = parsed;
  const count = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
  throw new pulumi.RunError(
    problemReport(
      `The configuration of stack ${pulumi.getStack()} has ${count}. Nothing was changed.`,
      problems,
    ),
  );
}
