/** Whether tests in a browser go through both languages and both dashboards: in `npm run test:long`. `npm test` has no time for it. */
export const THOROUGH = process.env['THOROUGH'] === '1';
