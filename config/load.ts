import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { problemReport } from "../azureml/problem";
import { parseConfig } from "./parse";
import type { StackConfig } from "./stackConfig";
import { stackFileProblems } from "./stackFile";

/** Bytes of a file that the configuration consists of or names. A larger one is something else. */
const largestFile = 1024 * 1024;

function readSmallFile(path: string): string {
  const { size } = statSync(path);
  if (size > largestFile) throw new Error(`it has ${size} bytes; allowed: at most ${largestFile}`);
  return readFileSync(path, "utf8");
}

/**
 * Reads the stack's configuration. No other module of the program reads it.
 * @throws pulumi.RunError that lists every mistake.
 */
export function loadConfig(): StackConfig {
  const project = pulumi.getProject();
  const parsed = parseConfig({
    values: pulumi.runtime.allConfig(),
    project,
    env: process.env,
    readFile: (path) => readSmallFile(resolve(path)),
  });
  for (const warning of parsed.warnings) void pulumi.log.warn(warning);
  const misplaced = ["yaml", "yml"].flatMap((extension) => {
    const file = `Pulumi.${pulumi.getStack()}.${extension}`;
    return existsSync(file) ? stackFileProblems(file, readSmallFile(file), project) : [];
  });
  if ("config" in parsed && misplaced.length === 0) return parsed.config;
  const problems = [...misplaced, ...("problems" in parsed ? parsed.problems : [])];
  const count = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
  throw new pulumi.RunError(
    problemReport(
      `The configuration of stack ${pulumi.getStack()} has ${count}. Nothing was changed.`,
      problems,
    ),
  );
}
