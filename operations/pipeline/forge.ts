/** What a pipeline needs of the service that stores the repository. */
export interface Forge {
  /** Its name in messages. */
  name: string;
  /**
   * Writes the one comment of the pull request that contains the marker: changes it if it exists.
   * @returns its address.
   */
  upsertComment(marker: string, body: string): Promise<string>;
  /**
   * Keeps one open issue with the marker while there is something to report, and closes it after that.
   * @returns what was done, for the log.
   */
  upsertIssue(issue: Issue): Promise<string>;
  /**
   * Opens a pull request that changes one file of the default branch. An open one from the same branch is left as it is.
   * @returns what was done, for the log.
   */
  openPullRequest(change: FileChange): Promise<string>;
}

/** One changed file as a pull request. */
export interface FileChange {
  branch: string;
  title: string;
  body: string;
  path: string;
  /** The whole file. */
  content: string;
}

/** One issue that describes a condition. */
export interface Issue {
  marker: string;
  label: string;
  title: string;
  body: string;
  /** Whether the condition still holds. */
  isOpen: boolean;
}
