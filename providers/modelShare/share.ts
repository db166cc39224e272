import { readFiles, registryModelSource, workspaceModelSource } from "../../azureml/clients/modelContent";
import { findModelVersion, type ModelVersion } from "../../azureml/clients/modelVersions";
import {
  changeRegistryModel,
  findRegistryModel,
  importRegistryModel,
  type RegistryModelVersion,
} from "../../azureml/clients/registryModels";
import type { AzureSession } from "../../azureml/clients/session";
import { getWorkspace, type WorkspaceRef } from "../../azureml/clients/workspaces";
import {
  compareFiles,
  type ContentFile,
  contentOf,
  contentTags,
  type ModelContent,
  taggedContent,
} from "../../azureml/contentHash";
import { azureMlError } from "../../azureml/errors";
import { logLine } from "../shared/log";

/** A model version of a workspace and the registry that gets it. */
export interface Sharing {
  workspace: WorkspaceRef;
  name: string;
  version: string;
  registry: string;
}

export interface Shared {
  /** Id of the registry's version. */
  modelId: string;
  content: ModelContent;
}

/**
 * Shares the version, or takes over what an earlier run has shared. An import would replace a version that exists, so the
 * registry is asked first. What an interrupted run left behind is completed: a copy without tags gets them.
 * @throws SharedModelDiffers if the registry's version has other content
 */
export async function shareModel(session: AzureSession, sharing: Sharing): Promise<Shared> {
  const { workspace, name, version, registry } = sharing;
  const line = `${name}:${version}`;
  const source = await workspaceModelSource(session, workspace, name, version);
  const files = await readFiles(source, (count, bytes) =>
    logLine(line, `reading ${count} files (${megabytes(bytes)}) whose MD5 the storage does not have`),
  );
  const content = contentOf(files);
  const before = await findRegistryModel(session, { registry, name, version });
  if (before) {
    await requireSameContent(session, before, files);
    logLine(line, `registry ${registry} has this version already, with the same content`);
    if (before.isArchived) logLine(line, `it is archived in registry ${registry}, and stays so`);
  } else {
    logLine(line, `copying ${files.length} files (${megabytes(content.bytes)}) to registry ${registry}`);
    await importRegistryModel(session, { registry, name, version }, await assetId(session, sharing));
  }
  const shared = before ?? (await importedVersion(session, sharing));
  if (!before) await verifyCopy(session, shared, files);
  const own = (await findModelVersion(session, workspace, name, version)) as ModelVersion;
  const tags = { ...own.tags, ...shared.tags, ...contentTags(content) };
  if (Object.entries(tags).some(([tag, value]) => shared.tags[tag] !== value))
    await changeRegistryModel(session, { registry, name, version }, { tags });
  logLine(line, `shared as ${shared.id}, content ${content.hash}`);
  return { modelId: shared.id, content };
}

/** `azureml://locations/<region>/workspaces/<guid>/models/<name>/versions/<version>` (azure-ai-ml 1.35.2, `models.share`). */
async function assetId(session: AzureSession, { workspace, name, version }: Sharing): Promise<string> {
  const { location, workspaceId } = await getWorkspace(session, workspace);
  return `azureml://locations/${location}/workspaces/${workspaceId}/models/${name}/versions/${version}`;
}

async function importedVersion(
  session: AzureSession,
  { registry, name, version }: Sharing,
): Promise<RegistryModelVersion> {
  const found = await findRegistryModel(session, { registry, name, version });
  if (found) return found;
  throw azureMlError("OperationFailed", {
    what: `sharing model "${name}", version ${version}, with registry "${registry}"`,
    status: "gone",
    code: "NotFound",
    detail: "the registry does not have the version after the copy",
  });
}

/** The copy must have the files of the source. Without MD5 in the registry's storage, it is compared by size. */
async function verifyCopy(
  session: AzureSession,
  shared: RegistryModelVersion,
  files: readonly ContentFile[],
): Promise<void> {
  const copy = await registryModelSource(session, shared);
  const { different, sizeOnly } = compareFiles(files, copy.files);
  if (different.length > 0) throw differs(shared, different);
  if (sizeOnly.length > 0)
    logLine(
      `${shared.name}:${shared.version}`,
      `${sizeOnly.length} files of the copy were compared by size only: the registry's storage has no MD5 of them`,
    );
}

/** A version that was there before: by its tag, and by its files. Files without MD5 are read unless the tag agrees. */
async function requireSameContent(
  session: AzureSession,
  shared: RegistryModelVersion,
  files: readonly ContentFile[],
): Promise<void> {
  const expected = contentOf(files);
  const tagged = taggedContent(shared.tags);
  if (tagged && tagged.hash !== expected.hash) throw differs(shared, [`its content is ${tagged.hash}`]);
  const copy = await registryModelSource(session, shared);
  const { different, sizeOnly } = compareFiles(files, copy.files);
  if (different.length > 0) throw differs(shared, different);
  if (tagged || sizeOnly.length === 0) return;
  const read = compareFiles(files, await readFiles(copy));
  if (read.different.length > 0) throw differs(shared, read.different);
}

function differs({ id }: RegistryModelVersion, found: readonly string[]): Error {
  const shown = found.slice(0, 3).join(", ");
  const more = found.length > 3 ? ` and ${found.length - 3} more` : "";
  return azureMlError("SharedModelDiffers", { model: id, detail: `${shown}${more}` });
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
