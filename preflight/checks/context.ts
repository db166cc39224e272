import type { StackIdentity } from "../../azureml/names";
import { errorText } from "../../azureml/errors";
import type { Problem } from "../../azureml/problem";
import type { StackConfig } from "../../config/stackConfig";
import type { PreflightCloud } from "../cloud";

/** Collects the problems of all checks. */
export class ProblemCollector {
  readonly problems: Problem[] = [];

  constructor(private readonly project: string) {}

  /** Full name of a setting: `azureml-finetune:compute.size`. */
  key(name: string): string {
    return `${this.project}:${name}`;
  }

  add(problem: Problem): void {
    this.problems.push(problem);
  }

  /** Result of a request, or `undefined` if it failed. The failure becomes a problem of `property`. */
  async attempt<T>(property: string, request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await request();
    } catch (error) {
      const { remedy } = error as { remedy?: unknown };
      this.add({ property, seen: errorText(error), ...(typeof remedy === "string" ? { remedy } : {}) });
      return undefined;
    }
  }
}

/** What every check gets. */
export interface CheckContext {
  config: StackConfig;
  identity: StackIdentity;
  cloud: PreflightCloud;
  report: ProblemCollector;
  /** Notes for the person who deploys. */
  notes: string[];
}
