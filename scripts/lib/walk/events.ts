import { spawnSync } from "node:child_process";
import type { Contexts } from "./runJob";

/** An event that starts a pipeline. */
export interface WalkEvent {
  file: string;
  about: string;
  /** GitHub's name of the event. */
  name: string;
  /** What happened to the pull request; default: it was opened. */
  action?: string;
  /** What a person enters, if nothing else is given. */
  inputs?: Record<string, string>;
  /** Changes of stack files that belong to the event: the walk takes them as merged before it. */
  merged?: Record<string, (text: string) => string>;
}

const folder = ".github/workflows";

/** The line of Pulumi.dev.yaml by which dev shares what it trains; it is a comment until there is a registry. */
const sharing = /^( *)# (azureml-finetune:model: \{ shareTo: .*\})$/m;

export const events: Record<string, WalkEvent> = {
  platform: {
    file: `${folder}/stack.yml`,
    about: "what a person does once: `up` of platform, and dev shares its models from then on",
    name: "workflow_dispatch",
    inputs: { command: "up", stack: "platform", environment: "platform" },
    merged: { "Pulumi.dev.yaml": (text) => text.replace(sharing, "$1$2") },
  },
  "pull-request": {
    file: `${folder}/pull-request.yml`,
    about: "checks, the stack `local` from end to end, a preview of every stack, one comment",
    name: "pull_request",
  },
  merge: {
    file: `${folder}/merge.yml`,
    about: "`up` of dev; plan, approval and `up` of staging and prod",
    name: "push",
  },
  promote: {
    file: `${folder}/promote.yml`,
    about: "open the pull request of a promotion: --input from=dev --input to=staging",
    name: "workflow_dispatch",
    inputs: { from: "dev", to: "staging" },
  },
  drift: {
    file: `${folder}/drift.yml`,
    about: "compare each stack with the cloud; one issue",
    name: "schedule",
  },
  "review-up": {
    file: `${folder}/review.yml`,
    about: "the stack of a pull request with the label `review`",
    name: "pull_request",
  },
  "review-down": {
    file: `${folder}/review.yml`,
    about: "the pull request is closed: its stack is deleted",
    name: "pull_request",
    action: "closed",
  },
  "review-sweep": {
    file: `${folder}/review.yml`,
    about: "delete the review stacks whose last day has come",
    name: "schedule",
  },
  schedule: {
    file: `${folder}/schedule.yml`,
    about: "create or delete the endpoint of dev as its schedule asks for",
    name: "schedule",
  },
  destroy: {
    file: `${folder}/destroy.yml`,
    about: "destroy one stack: --input stack=dev --input confirmation=dev",
    name: "workflow_dispatch",
    inputs: { stack: "dev" },
  },
};

const repository = "local/azureml-finetune";
const pullRequest = 1;

/** The contexts of an event in the project's present commit. */
export function contextsOf(
  project: string,
  event: WalkEvent,
  inputs: Record<string, string>,
  run: string,
): Contexts {
  const sha = headOf(project);
  const isPullRequest = event.name === "pull_request";
  return {
    github: {
      ...{ event_name: event.name, repository, sha, run_id: run, token: "local" },
      ref: isPullRequest ? `refs/pull/${pullRequest}/merge` : "refs/heads/main",
      actor: "local",
      event: isPullRequest ? pullRequestEvent(sha, event.action ?? "opened") : {},
    },
    vars: {},
    // What conditions of Azure Pipelines ask for.
    variables: {
      "Build.Reason": isPullRequest ? "PullRequest" : "Manual",
      "System.PullRequest.IsFork": "False",
    },
    inputs: { ...event.inputs, ...inputs },
  };
}

const pullRequestEvent = (sha: string, action: string): Contexts => ({
  action,
  number: pullRequest,
  pull_request: {
    number: pullRequest,
    labels: [{ name: "review" }],
    user: { login: "local" },
    head: { sha, repo: { full_name: repository } },
  },
});

/** What GitHub sets in every step. */
export const variablesOf = (contexts: Contexts, api: string): Record<string, string> => {
  const { sha, run_id, event_name, ref } = contexts.github as Record<string, string>;
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_ACTOR: "local",
    GITHUB_API_URL: api,
    GITHUB_REPOSITORY: repository,
    GITHUB_EVENT_NAME: event_name ?? "",
    GITHUB_REF: ref ?? "",
    GITHUB_RUN_ID: run_id ?? "",
    GITHUB_SHA: sha ?? "",
  };
};

function headOf(project: string): string {
  const { status, stdout } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: project, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "0".repeat(40);
}
