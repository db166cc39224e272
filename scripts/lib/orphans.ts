import { jobNamePrefix } from "../../azureml/names";
import { readProject } from "../../local/engine/project/project";
import { type BilledThing, findBilled } from "../../operations/orphans/find";
import { removeBilled } from "../../operations/orphans/remove";
import { openStackSession, settingsOf, type StackPlace } from "./stackSession";

/** What `npm run orphans` looks for and does. */
export interface OrphanRequest {
  /** Default: all stacks of the project. */
  stack?: string;
  /** GUID. Default: the stack's. */
  subscription?: string;
  delete?: boolean;
  /** Print nothing if there is nothing. */
  quiet?: boolean;
}

/**
 * Lists what bills in a subscription and belongs to this project, by the owner tags in Azure alone, and deletes it if asked to.
 * @returns the exit code.
 */
export async function orphans(
  { stack, subscription, delete: isDeleting, quiet }: OrphanRequest,
  { log, ...place }: StackPlace & { log(line: string): void },
): Promise<number> {
  const opened = await openStackSession(stack, place);
  const { session } = opened;
  const subscriptionId = subscription ?? opened.subscriptionId;
  if (!subscriptionId)
    throw new Error("no subscription: pass --subscription <id>, or set ARM_SUBSCRIPTION_ID");
  const { name: project } = await readProject(place.cwd);
  const own = stack ? { stack, jobPrefix: await jobPrefixOf(stack, project, subscriptionId, place) } : {};
  const found = await findBilled({ session, subscriptionId, project, ...own, log });
  if (found.length === 0) {
    if (!quiet)
      log(`Nothing of project ${project}${stack ? `, stack ${stack},` : ""} bills in this subscription.`);
    return 0;
  }
  for (const thing of found) log(describe(thing));
  if (isDeleting) await removeBilled(session, found, log);
  return 0;
}

async function jobPrefixOf(
  stack: string,
  project: string,
  subscriptionId: string,
  place: StackPlace,
): Promise<string> {
  const setting = await settingsOf(stack, place);
  const { generation = 1 } = JSON.parse(setting(`${project}:workspace`) ?? "{}") as { generation?: number };
  return jobNamePrefix({ project, stack, subscriptionId, generation });
}

const describe = ({ kind, name, stack, detail, id }: BilledThing): string =>
  `${stack}: ${kind} ${name} (${detail})\n  ${id}`;
