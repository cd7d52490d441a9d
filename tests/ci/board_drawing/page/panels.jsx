// A panel's picture: Grafana's components with the properties its own panels give them
// (StatPanel, BarGaugePanel, TimeSeriesPanel, TablePanel). Two shapes its library does not
// publish are drawn plainly here: the gauge's ring and the state timeline's strip.
import React from 'react';
import { dateTime, dateTimeFormat, getFieldDisplayName, getFieldDisplayValues,
  getDisplayValueAlignmentFactors, renderMarkdown } from '@grafana/data';
import { BarGauge, BigValue, TimeSeries, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';

const shown = ({ panel, frames, theme, replace, zone }) =>
  getFieldDisplayValues({
    fieldConfig: panel.fieldConfig, reduceOptions: panel.options.reduceOptions,
    replaceVariables: replace, theme, data: frames, timeZone: zone,
  });

function Repeated({ values, render, panel, width, height }) {
  return (
    <VizRepeater
      getValues={() => values} renderValue={render} width={width} height={height}
      source={values} renderCounter={0} autoGrid={panel.type === 'stat'}
      orientation={panel.options.orientation} itemSpacing={10}
      minVizWidth={panel.options.minVizWidth} minVizHeight={panel.options.minVizHeight}
      maxVizHeight={panel.options.maxVizHeight}
      getAlignmentFactors={(all) => getDisplayValueAlignmentFactors(all)}
    />
  );
}

function Stat(all) {
  const { panel, theme } = all;
  const render = ({ value, alignmentFactors, width, height, count }) => (
    <BigValue
      value={value.display} count={count} theme={theme} width={width} height={height}
      colorMode={panel.options.colorMode} graphMode={panel.options.graphMode}
      justifyMode={panel.options.justifyMode} wideLayout={panel.options.wideLayout}
      textMode={panel.options.textMode === 'auto' && !panel.title ? 'value_and_name'
        : panel.options.textMode}
      text={panel.options.text} alignmentFactors={alignmentFactors}
    />
  );
  return <Repeated {...all} values={shown(all)} render={render} />;
}

function Bars(all) {
  const { panel, theme } = all;
  const { options, fieldConfig } = panel;
  const render = ({ value, alignmentFactors, orientation, width, height, count }) => (
    <BarGauge
      value={count === 1 && !fieldConfig.defaults.displayName
        ? { ...value.display, title: undefined } : value.display}
      width={width} height={height} orientation={orientation} field={value.field}
      display={value.view?.getFieldDisplayProcessor(value.colIndex)} theme={theme}
      text={options.text} itemSpacing={options.displayMode === 'lcd' ? 2 : 10}
      displayMode={options.displayMode} alignmentFactors={count > 1 ? alignmentFactors : undefined}
      showUnfilled={options.showUnfilled} valueDisplayMode={options.valueMode}
      namePlacement={options.namePlacement}
    />
  );
  return <Repeated {...all} values={shown(all)} render={render} />;
}

// Not Grafana's: its library publishes no gauge. The value and colours are its own.
function Ring(all) {
  const { width, height } = all;
  const { display, field } = shown(all)[0];
  const part = (display.numeric - (field.min ?? 0)) / ((field.max ?? 1) - (field.min ?? 0));
  const radius = Math.min(width / 2, height) * 0.7;
  const arc = Math.PI * radius;
  return (
    <svg width={width} height={height}>
      {[['#2c2f35', 1], [display.color, part]].map(([colour, share]) => (
        <path key={colour} fill="none" stroke={colour} strokeWidth={radius / 3}
          strokeDasharray={`${arc * share} ${arc * 2}`}
          d={`M ${width / 2 - radius} ${height * 0.85} a ${radius} ${radius} 0 0 1 ${radius * 2} 0`} />
      ))}
      <text x={width / 2} y={height * 0.83} textAnchor="middle" fontSize={radius / 2.2}
        fill={display.color}>{display.text}{display.suffix}</text>
    </svg>
  );
}

function Course({ frames, panel, width, height, range, zone }) {
  return (
    <TimeSeries frames={frames} structureRev={1} width={width} height={height} timeRange={range}
      timeZone={zone} legend={panel.options.legend} options={panel.options} />
  );
}

function Rows({ frames, panel, width, height }) {
  const { options } = panel;
  return (
    <TableNG data={frames[0]} width={width} height={height} noHeader={!options.showHeader}
      cellHeight={options.cellHeight} sortBy={options.sortBy} sortByBehavior="initial"
      fieldConfig={panel.fieldConfig} structureRev={1} enableVirtualization={false} />
  );
}

// Not Grafana's: its library publishes no state timeline. Words and colours are its own.
function Strip({ frames, width, height, range }) {
  const [from, to] = [range.from.valueOf(), range.to.valueOf()];
  const left = 130, high = (height - 24) / Math.max(1, frames.length);
  const place = (at) => left + ((at - from) / (to - from)) * (width - left);
  return (
    <svg width={width} height={height} fontSize="12" fill="#ccccdc">
      {frames.map((frame, row) => {
        const [times, values] = [frame.fields[0].values, frame.fields[1]];
        const runs = [];
        times.forEach((at, index) => {
          const said = values.display(values.values[index]);
          const last = runs.at(-1);
          if (last?.text === said.text) last.to = at;
          else runs.push({ from: at, to: at, text: said.text, color: said.color });
        });
        return (
          <g key={row} transform={`translate(0,${row * high})`}>
            <text x={left - 8} y={high / 2 + 4} textAnchor="end">
              {getFieldDisplayName(values, frame, frames)}
            </text>
            {runs.map((run) => (
              <g key={run.from}>
                <rect x={place(run.from)} width={Math.max(1, place(run.to) - place(run.from))}
                  y={high * 0.05} height={high * 0.9} fill={run.color} fillOpacity="0.8" />
                <text x={place(run.from) + 6} y={high / 2 + 4} fill="#fff">{run.text}</text>
              </g>
            ))}
          </g>
        );
      })}
      {[0, 0.25, 0.5, 0.75, 0.98].map((part) => (
        <text key={part} x={left + part * (width - left)} y={height - 4} textAnchor="middle">
          {dateTimeFormat(dateTime(from + part * (to - from)), { format: 'HH:mm:ss' })}
        </text>
      ))}
    </svg>
  );
}

const Words = ({ panel }) => (
  <div className="markdown-html"
    dangerouslySetInnerHTML={{ __html: renderMarkdown(panel.options.content) }} />
);

const KINDS = { stat: Stat, bargauge: Bars, gauge: Ring, timeseries: Course, table: Rows,
  'state-timeline': Strip, text: Words };
const NEEDS_ROWS = new Set(['timeseries', 'table', 'state-timeline']);

export function Inside(all) {
  const Kind = KINDS[all.panel.type];
  if (NEEDS_ROWS.has(all.panel.type) && all.frames.length === 0) {
    return <div className="nothing">{all.panel.fieldConfig.defaults.noValue}</div>;
  }
  return <Kind {...all} />;
}
