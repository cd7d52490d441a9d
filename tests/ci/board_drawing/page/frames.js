// Prometheus' answers as Grafana's Prometheus datasource hands them on: one frame a series, its
// name from the legend; a table is one frame with a column for each label.
import { FieldType, toDataFrame, renderLegendFormat } from '@grafana/data';

const number = (text) => (text === 'NaN' ? NaN : Number(text.replace('Inf', 'Infinity')));

function series(target, row) {
  const points = row.values ?? [row.value];
  const { __name__, ...labels } = row.metric;
  const inside = Object.entries(labels).map(([key, value]) => `${key}="${value}"`).join(', ');
  const name = target.legendFormat
    ? renderLegendFormat(target.legendFormat, row.metric)
    : `${__name__ ?? ''}{${inside}}`;
  return toDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: points.map(([at]) => at * 1000), config: {} },
      {
        name: 'Value', type: FieldType.number, labels: row.metric,
        values: points.map(([, value]) => number(value)), config: { displayNameFromDS: name },
      },
    ],
  });
}

function table(target, rows, isOnly) {
  const labels = [...new Set(rows.flatMap((row) => Object.keys(row.metric)))].sort();
  return toDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: rows.map((row) => row.value[0] * 1000) },
      ...labels.map((label) => ({
        name: label, type: FieldType.string, values: rows.map((row) => row.metric[label] ?? ''),
      })),
      {
        name: isOnly ? 'Value' : `Value #${target.refId}`, type: FieldType.number,
        values: rows.map((row) => number(row.value[1])),
      },
    ],
  });
}

export function framesOf(panel, answers) {
  const answered = panel.targets.filter((target) => answers[target.refId].length > 0);
  return answered.flatMap((target) =>
    target.format === 'table'
      ? [table(target, answers[target.refId], panel.targets.length === 1)]
      : answers[target.refId].map((row) => series(target, row)),
  );
}
