// node dashboard.mjs DASHBOARD_URL TOKEN TRACE_ID FOLDER: logs in to the Aspire dashboard as a person would, reads the resources and one trace,
// takes a picture of both, and prints {resources: [{name, state}], spans: [text]} as JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [url, token, trace, folder] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), 'mlaspire-browser-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  viewport: { width: 1600, height: 1000 },
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(60_000);
  const base = url.replace(/\/$/, '');
  await page.goto(`${base}/login?t=${token}`);

  await page.waitForSelector('fluent-data-grid-row[row-type="default"], tr.fluent-data-grid-row, [role="row"] [role="gridcell"]');
  await page.waitForFunction(() => [...document.querySelectorAll('[role="row"]')].filter((r) => /Running/.test(r.textContent)).length >= 6);
  const resources = await page.$$eval('[role="row"]', (rows) =>
    rows
      .map((row) => [...row.querySelectorAll('[role="gridcell"]')].map((cell) => cell.innerText.trim()))
      .filter((cells) => cells.length > 2)
      .map(([name, state]) => ({ name, state })),
  );
  await page.screenshot({ path: join(folder, 'resources.png') });

  await page.goto(`${base}/traces/detail/${trace}`);
  await page.waitForFunction(() => /session\.run/.test(document.body.innerText));
  const spans = await page.$$eval('[role="row"]', (rows) => rows.map((row) => row.innerText.replace(/\s+/g, ' ').trim()).filter(Boolean));
  await page.screenshot({ path: join(folder, 'trace.png') });

  console.log(JSON.stringify({ resources, spans }));
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
