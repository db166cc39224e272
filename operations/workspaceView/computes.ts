import { z } from "zod";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { armDocument, count, readList, text } from "./document";

/** A compute of a workspace. Numbers of nodes are those of a cluster. */
export interface ComputeView {
  name: string;
  /** `AmlCompute` for a cluster. */
  type: string;
  state: string;
  /** VM size of a node. Empty for a compute without nodes. */
  size: string;
  lowPriority: boolean;
  /** Nodes that exist now; they are billed. */
  nodes: number;
  minNodes: number;
  maxNodes: number;
}

/** The workspace's computes. */
export async function listComputes(session: AzureSession, ref: WorkspaceRef): Promise<ComputeView[]> {
  const found = await readList(session, ref, { below: "computes", what: "computes" }, computeDocument);
  return found.map(({ name, properties }) => {
    const settings = properties.properties;
    return {
      name,
      type: properties.computeType,
      state: properties.provisioningState,
      size: settings?.vmSize ?? "",
      lowPriority: /^low_?priority$/i.test(settings?.vmPriority ?? ""),
      nodes: settings?.currentNodeCount ?? 0,
      minNodes: settings?.scaleSettings?.minNodeCount ?? 0,
      maxNodes: settings?.scaleSettings?.maxNodeCount ?? 0,
    };
  });
}

const computeDocument = armDocument(
  z.object({
    computeType: text,
    provisioningState: text,
    properties: z
      .object({
        vmSize: text,
        vmPriority: text,
        currentNodeCount: count,
        scaleSettings: z.object({ minNodeCount: count, maxNodeCount: count }).nullish(),
      })
      .nullish(),
  }),
);
