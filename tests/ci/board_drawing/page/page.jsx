// One board at its own places: 24 columns, rows of 30 px with 8 px between, as Grafana lays it out.
import React from 'react';
import { createRoot } from 'react-dom/client';
import '@fontsource/inter/400.css';
import '@fontsource/inter/500.css';
import { firstValueFrom } from 'rxjs';
import { applyFieldOverrides, cacheFieldDisplayNames, createTheme, dateTime,
  FieldConfigOptionsRegistry, identityOverrideProcessor, standardTransformers, standardTransformersRegistry, ThemeContext,
  transformDataFrame } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { GlobalStyles, PanelChrome } from '@grafana/ui';
import { framesOf } from './frames.js';
import { Inside } from './panels.jsx';

const ROW = 30, GAP = 8, EDGE = 16, ZONE = 'Asia/Ho_Chi_Minh';
const { board, panels, filled, shown, from, to, caption } = window.drawing;
const width = document.documentElement.clientWidth;
const isWall = board.tags.includes('tv');
const theme = createTheme({ colors: { mode: 'dark' } });
const range = { from: dateTime(from), to: dateTime(to), raw: { from: 'now-5m', to: 'now' } };

// `${name}` and `$name` of the board and of the value at hand, as far as our boards use them.
function replace(text, scoped = {}) {
  return String(text ?? '').replace(/\$\{([^}]+)\}|\$(\w+)/g, (whole, long, short) => {
    const name = long ?? short;
    const [first, ...path] = name.split(':')[0].split('.');
    if (first === '__to') {
      const day = new Date(to + 7 * 3600e3);
      return { YYYY: day.getUTCFullYear(), Q: 1 + Math.floor(day.getUTCMonth() / 3) }[
        name.split(':')[2]] ?? whole;
    }
    let value = scoped[first]?.value ?? filled[first];
    for (const key of path) value = value?.[key];
    return value === undefined ? whole : String(value);
  });
}

async function framesReady(panel) {
  const raw = framesOf(panel, panels[panel.id]);
  const series = panel.transformations && raw.length
    ? await firstValueFrom(transformDataFrame(panel.transformations, raw, { interpolate: replace }))
    : raw;
  const shaped = applyFieldOverrides({
    data: series, fieldConfig: panel.fieldConfig, replaceVariables: replace, theme,
    timeZone: ZONE, fieldConfigRegistry: registry,
  });
  cacheFieldDisplayNames(shaped);
  return shaped;
}

// What a panel may say of a field; Grafana registers these in its application, not in its library.
const registry = new FieldConfigOptionsRegistry();
const FIELD = ['unit', 'decimals', 'min', 'max', 'noValue', 'displayName', 'color', 'thresholds',
  'mappings', 'links'];
const CUSTOM = ['drawStyle', 'lineWidth', 'fillOpacity', 'showPoints', 'spanNulls', 'stacking',
  'axisPlacement', 'thresholdsStyle', 'cellOptions', 'width', 'align', 'lineInterpolation'];
const item = (path, isCustom) => ({
  id: isCustom ? `custom.${path}` : path, path, isCustom, name: path,
  process: identityOverrideProcessor, shouldApply: () => true, editor: () => null,
  override: () => null, settings: {},
});
FIELD.forEach((path) => registry.register(item(path, false)));
CUSTOM.forEach((path) => registry.register(item(path, true)));

function Placed({ panel, frames, top }) {
  const column = (width - 2 * EDGE + GAP) / 24;
  const { x, y, w, h } = panel.gridPos;
  const size = { width: w * column - GAP, height: h * (ROW + GAP) - GAP };
  return (
    <div style={{ position: 'absolute', left: EDGE + x * column, top: top + y * (ROW + GAP), ...size }}>
      <PanelChrome {...size} title={panel.title} description={panel.description}
        displayMode={panel.transparent ? 'transparent' : 'default'}>
        {(innerWidth, innerHeight) => (
          <Inside panel={panel} frames={frames} width={innerWidth} height={innerHeight}
            theme={theme} replace={replace} zone={ZONE} range={range} />
        )}
      </PanelChrome>
    </div>
  );
}

function Board({ ready }) {
  const rows = Math.max(...board.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  const head = isWall ? 0 : 48, top = head + (isWall ? EDGE : 8);
  const high = isWall ? 1080 : top + rows * (ROW + GAP) + GAP;
  const chosen = board.templating.list.filter((one) => one.hide !== 2);
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div style={{ position: 'relative', height: high, overflow: 'hidden' }}>
        {!isWall && (
          <div className="head">
            <b>{board.title}</b>
            {chosen.map((one) => <span key={one.name}>{one.label}: <i>{shown[one.name]}</i></span>)}
          </div>
        )}
        {board.panels.map((panel, index) => (
          <Placed key={panel.id} panel={panel} frames={ready[index]} top={top} />
        ))}
      </div>
      <div className="caption">{caption}</div>
    </ThemeContext.Provider>
  );
}

function linksOf(frames) {
  return frames.flatMap((frame) => frame.fields.flatMap((field) =>
    field.config.links?.length && field.getLinks
      ? field.values.map((value, index) => ({ value, href: field.getLinks({
        valueRowIndex: index })[0]?.href }))
      : []));
}

async function draw() {
  await initPluginTranslations('motcua');
  const byId = new Map(Object.values(standardTransformers).map((one) => [one.id, one]));
  standardTransformersRegistry.setInit(() => [...byId.values()].map((one) => ({
    id: one.id, name: one.name, transformation: async () => one, editor: () => null })));
  await document.fonts.load('16px Inter');
  const ready = await Promise.all(board.panels.map(framesReady));
  window.links = Object.fromEntries(board.panels.map((panel, index) => [
    panel.title || panel.targets[0]?.legendFormat, linksOf(ready[index])]));
  createRoot(document.getElementById('board')).render(<Board ready={ready} />);
  await document.fonts.ready;
  setTimeout(() => { window.isDrawn = true; }, 1200);
}
draw().catch((error) => { window.fault = String(error.stack ?? error); });
