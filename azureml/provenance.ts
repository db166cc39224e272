import { execFileSync } from "node:child_process";

/** Who changes Azure, from which commit and in which run. A part that is not known is absent. */
export interface Provenance {
  /** Commit id; with ` (changed)` if the working tree has uncommitted changes. */
  commit?: string;
  /** Address or id of the run of a pipeline. Absent outside pipelines. */
  run?: string;
  /** Name of the person who started it. */
  by?: string;
}

/** Standard output of `git` with these arguments; `undefined` without git or a repository. */
export type Git = (...argv: string[]) => string | undefined;

/**
 * Reads the variables of GitHub Actions or Azure DevOps, else git.
 * Sources: GitHub Docs, "Default environment variables" (github/docs, page actions/reference/workflows-and-actions/variables);
 * Microsoft Learn, "Use predefined variables" (MicrosoftDocs/azure-devops-docs, page pipelines/build/variables).
 */
export function readProvenance(env: NodeJS.ProcessEnv, git: Git = runGit): Provenance {
  if (env.GITHUB_ACTIONS === "true") {
    const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env;
    return present({
      commit: env.GITHUB_SHA,
      run: server && repository && id ? `${server}/${repository}/actions/runs/${id}` : id,
      // Differs from GITHUB_ACTOR if someone else runs the workflow again.
      by: env.GITHUB_TRIGGERING_ACTOR || env.GITHUB_ACTOR,
    });
  }
  if (/^true$/i.test(env.TF_BUILD ?? "")) {
    const { SYSTEM_COLLECTIONURI: collection, SYSTEM_TEAMPROJECT: project, BUILD_BUILDID: id } = env;
    return present({
      commit: env.BUILD_SOURCEVERSION,
      run:
        collection && project && id
          ? `${collection.replace(/\/+$/, "")}/${encodeURIComponent(project)}/_build/results?buildId=${id}`
          : id,
      by: env.BUILD_REQUESTEDFOR,
    });
  }
  const commit = git("rev-parse", "HEAD");
  const changed = commit !== undefined && Boolean(git("status", "--porcelain", "--untracked-files=no"));
  return present({
    commit: commit && `${commit}${changed ? " (changed)" : ""}`,
    by: git("config", "user.name") || env.USER || env.USERNAME,
  });
}

/** Longest value of a tag of an Azure resource (Microsoft Learn, azure-resource-manager/management/tag-resources: limitations). */
const longestTag = 256;

function present(provenance: { [Part in keyof Provenance]: string | undefined }): Provenance {
  return Object.fromEntries(
    Object.entries(provenance)
      .map(([part, text]) => [part, text?.trim().slice(0, longestTag)])
      .filter(([, text]) => text),
  ) as Provenance;
}

function runGit(...argv: string[]): string | undefined {
  try {
    return execFileSync("git", argv, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

/** Names of the tags that record the origin of a trained model on its version. */
export const trainedTagNames = { commit: "commit", run: "run", by: "trainedBy" } as const;

/** Names of the tags that record a promotion on the deployment. */
export const promotedTagNames = { commit: "promotedCommit", run: "promotedRun", by: "promotedBy" } as const;

/** The tags of a provenance under these names. */
export function provenanceTags(
  provenance: Provenance,
  names: Readonly<Record<keyof Provenance, string>>,
): Record<string, string> {
  return Object.fromEntries(
    (["commit", "run", "by"] as const).flatMap((part) => {
      const text = provenance[part];
      return text === undefined ? [] : [[names[part], text]];
    }),
  );
}
