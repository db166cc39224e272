import { contentHash } from "../dataset/contentHash";
import type { StackConfig } from "../config/stackConfig";

/** A question that the configuration states. */
export interface ConfiguredQuestion {
  /** A sentence, or a file of the project with its SHA-256. */
  prompt: { question: string } | Promise<{ file: string; sha256: string }>;
  /** As `ScoreArgs.showRows`. */
  showRows: boolean | undefined;
}

/** Asks nothing that a model could not answer: the deployment only has to answer. */
const defaultQuestion = "Hello! What can you help me with?";

/**
 * The question of a promoting stack, which has no data. A sentence of the stack file is no secret. The texts of a file are treated as
 * rows of a user's own data: shown only with `dataset.showRows: true`, as secrets.
 */
export function configuredQuestion({ scoring, dataset }: StackConfig): ConfiguredQuestion {
  const { question, questionFile } = scoring;
  if (questionFile === undefined)
    return { prompt: { question: question ?? defaultQuestion }, showRows: undefined };
  return {
    prompt: contentHash(questionFile).then((sha256) => ({ file: questionFile, sha256 })),
    showRows: dataset.showRows === true,
  };
}
