import { addRow, noRows, type Overlap, type RowList } from "./report";
import { findSimilar, type SketchRange, type Sketches } from "./similar";

/** A split whose rows are compared. Training splits come first. */
export interface ComparedSplit extends SketchRange {
  name: string;
  /** Of every row of the split; `rows` can be fewer. */
  fingerprints: Float64Array;
}

interface Comparison {
  /** By split: rows that are equal to an earlier row of the split, and rows that are only similar to one. */
  duplicates: Record<string, RowList>;
  nearDuplicates: Record<string, RowList>;
  overlaps: Overlap[];
}

/** Compares the rows of each split with each other, and the rows of other splits with those of the training splits. */
export function compareRows(splits: readonly ComparedSplit[], sketches: Sketches): Comparison {
  const all: Comparison = { duplicates: {}, nearDuplicates: {}, overlaps: [] };
  const known = new Map<string, Set<number>>();
  for (const split of splits) {
    const duplicates = noRows();
    const own = new Set<number>();
    const training = split.isTraining ? [] : splits.filter(({ isTraining }) => isTraining);
    const found = training.map(({ name }) => ({
      split: name,
      other: split.name,
      same: noRows(),
      similar: noRows(),
    }));
    split.fingerprints.forEach((value, row) => {
      if (own.has(value)) {
        addRow(duplicates, row);
        if (split.isTraining && row < split.rows) sketches.takesPart[split.start + row] = 0;
      }
      own.add(value);
      for (const one of found) if (known.get(one.split)?.has(value)) addRow(one.same, row);
    });
    if (split.isTraining) known.set(split.name, own);
    all.duplicates[split.name] = duplicates;
    all.nearDuplicates[split.name] = noRows();
    all.overlaps.push(...found);
  }
  addSimilar(splits, sketches, known, all);
  return all;
}

function addSimilar(
  splits: readonly ComparedSplit[],
  sketches: Sketches,
  known: ReadonlyMap<string, ReadonlySet<number>>,
  { nearDuplicates, overlaps }: Comparison,
): void {
  const marked = new Map<SketchRange, Map<SketchRange, Uint8Array>>();
  findSimilar(sketches, splits, (row, range, of) => {
    const byOther = marked.get(range) ?? new Map<SketchRange, Uint8Array>();
    marked.set(range, byOther);
    const marks = byOther.get(of) ?? new Uint8Array(range.rows);
    byOther.set(of, marks);
    marks[row - range.start] = 1;
  });
  for (const split of splits) {
    const earlier = new Set<number>();
    marked
      .get(split)
      ?.get(split)
      ?.forEach((mark, row) => {
        const value = split.fingerprints[row] as number;
        if (mark && !earlier.has(value)) addRow(nearDuplicates[split.name] as RowList, row);
        earlier.add(value);
      });
    for (const overlap of overlaps) {
      if (overlap.other !== split.name) continue;
      const of = splits.find(({ name }) => name === overlap.split) as ComparedSplit;
      marked
        .get(split)
        ?.get(of)
        ?.forEach((mark, row) => {
          const isSame = known.get(overlap.split)?.has(split.fingerprints[row] as number);
          if (mark && !isSame) addRow(overlap.similar, row);
        });
    }
  }
}
