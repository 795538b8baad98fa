export type Series = { name: string; labels: Record<string, string>; value: number }

/** Reads the text format of Prometheus: comments, then `name{label="value"} number`. */
export const seriesIn = (text: string): Series[] =>
  [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name = '', labels = '', value]) => ({
    name,
    labels: Object.fromEntries(
      [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', text = '']) => [label, text]),
    ),
    value: Number(value),
  }))

/** The name and the labels, which tell a series apart. */
export const seriesName = ({ name, labels }: Series): string => `${name} ${JSON.stringify(labels)}`
