import { createHttpClient } from "../../dataset/http";
import { createHubClient } from "../../dataset/hub";
import { findLayout } from "../../dataset/layout";
import { sliceRows } from "../../dataset/rounding";

/** The size of a slice on the hub, in bytes. */
export interface SliceBytes {
  /** The row groups that contain the slice, from the files' footers. */
  groups: number;
  /** All files of the splits. */
  files: number;
}

/**
 * Measures the first `percent` % of each split on the hub: the least that must be downloaded, because a row
 * group is the smallest part of a parquet file that can be read on its own.
 *
 * @param splits only these; all by default
 */
export async function sliceBytes(
  endpoint: string,
  dataset: string,
  percent: number,
  splits?: readonly string[],
): Promise<SliceBytes> {
  const http = createHttpClient({ endpoint });
  try {
    const layout = await findLayout(createHubClient(http), {
      name: dataset,
      subset: undefined,
      revision: "main",
    });
    const found: SliceBytes = { groups: 0, files: 0 };
    for (const [split, shards] of layout.splits) {
      if (splits && !splits.includes(split)) continue;
      const { asyncBufferFromUrl, parquetMetadataAsync } = await import("hyparquet");
      const footers = await Promise.all(
        shards.map(async ({ url, size }) =>
          parquetMetadataAsync(await asyncBufferFromUrl({ url, byteLength: size })),
        ),
      );
      const rows = footers.reduce((sum, footer) => sum + Number(footer.num_rows), 0);
      let left = sliceRows(rows, percent);
      for (const group of footers.flatMap((footer) => footer.row_groups)) {
        if (left <= 0) break;
        found.groups += group.columns.reduce(
          (sum, one) => sum + Number(one.meta_data?.total_compressed_size),
          0,
        );
        left -= Number(group.num_rows);
      }
      found.files += shards.reduce((sum, { size }) => sum + size, 0);
    }
    return found;
  } finally {
    await http.close();
  }
}
