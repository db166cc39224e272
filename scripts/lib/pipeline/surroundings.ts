import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { azureDevOps } from "../../../operations/pipeline/azureDevOps";
import type { Forge } from "../../../operations/pipeline/forge";
import { gitHub } from "../../../operations/pipeline/github";

/**
 * The service whose pipeline this is, by the variables that it sets in every job. A pull request's number comes from
 * PULL_REQUEST (GitHub has no variable for it).
 */
export function forgeOf(env: NodeJS.ProcessEnv): Forge {
  const { GITHUB_REPOSITORY, GITHUB_API_URL, GITHUB_TOKEN, PULL_REQUEST } = env;
  if (GITHUB_REPOSITORY) {
    if (!GITHUB_TOKEN) throw new Error("GITHUB_TOKEN is not set: pass `${{ github.token }}` to the step");
    return gitHub({
      api: GITHUB_API_URL ?? "https://api.github.com",
      repository: GITHUB_REPOSITORY,
      token: GITHUB_TOKEN,
      pullRequest: PULL_REQUEST ? Number(PULL_REQUEST) : undefined,
    });
  }
  if (env["TF_BUILD"]) {
    const value = (name: string): string => {
      const found = env[name];
      if (!found)
        throw new Error(`${name} is not set; for SYSTEM_ACCESSTOKEN pass $(System.AccessToken) to the step`);
      return found;
    };
    const number = env["SYSTEM_PULLREQUEST_PULLREQUESTID"];
    return azureDevOps({
      collection: value("SYSTEM_COLLECTIONURI"),
      project: value("SYSTEM_TEAMPROJECT"),
      repository: value("BUILD_REPOSITORY_ID"),
      token: value("SYSTEM_ACCESSTOKEN"),
      pullRequest: number ? Number(number) : undefined,
      print: (line) => void process.stdout.write(`${line}\n`),
    });
  }
  throw new Error("this is no pipeline: neither GITHUB_REPOSITORY nor TF_BUILD is set");
}

/** The commit of the run. */
export const commitOf = (env: NodeJS.ProcessEnv): string | undefined =>
  env["COMMIT"] || env["GITHUB_SHA"] || env["BUILD_SOURCEVERSION"] || undefined;

/** Shows Markdown in the log, where a failed step is looked at first, and on the page of the run. */
export function publishSummary(markdown: string, env: NodeJS.ProcessEnv): void {
  process.stdout.write(`${markdown}\n`);
  if (env["GITHUB_STEP_SUMMARY"]) appendFileSync(env["GITHUB_STEP_SUMMARY"], `${markdown}\n`);
  const directory = env["AGENT_TEMPDIRECTORY"];
  if (!env["TF_BUILD"] || !directory) return;
  const file = path.join(directory, `summary-${process.pid}.md`);
  writeFileSync(file, markdown);
  process.stdout.write(`##vso[task.uploadsummary]${file}\n`);
}

/** Gives later jobs a value. */
export function setOutput(name: string, value: string, env: NodeJS.ProcessEnv): void {
  if (env["GITHUB_OUTPUT"]) appendFileSync(env["GITHUB_OUTPUT"], `${name}=${value}\n`);
  if (env["TF_BUILD"])
    process.stdout.write(`##vso[task.setvariable variable=${name};isOutput=true]${value}\n`);
}

/** Writes a report for a later job. */
export function writeReport(file: string, report: unknown): void {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}
