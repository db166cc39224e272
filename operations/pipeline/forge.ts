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
