import { campaignStates, type ResumeScope, resultStates, resumeScopes } from '@pombo/domain/campaign-state.ts';
import { type Command, Option } from 'commander';
import { withAccount } from '../account.ts';
import { type Answer, done } from '../answer.ts';
import { type Api, ask as askApi } from '../api.ts';
import { addList } from '../campaign/add-list.ts';
import { type CampaignView, campaignsTable, campaignText } from '../campaign/campaign-view.ts';
import { type ExportOptions, exportResults } from '../campaign/export.ts';
import { findList, type ListOptions } from '../campaign/list-source.ts';
import { deleteCampaign, moveCampaign, timeAt } from '../campaign/moves.ts';
import { dryRun, previewRow } from '../campaign/preview.ts';
import { changeCampaign, createCampaign, type Settings, variable, withSettings } from '../campaign/settings.ts';
import { sendTest, type TestOptions } from '../campaign/test-message.ts';
import { watchCampaign } from '../campaign/watch.ts';
import { type AddCommands, type CommandLine, rowNumber, text } from '../command-line.ts';

/** Makes a command about one campaign. */
type About = (name: string, description: string) => Command;

export const addCampaign: AddCommands = (program, line) => {
  const campaign = program.command('campaign').description('campaigns: one message to a list of recipients');
  const about: About = (name, description) =>
    withAccount(campaign.command(name).argument('<id>', "the campaign's number", rowNumber).description(description));
  addSettings(campaign, about, line);
  addListCommands(about, line);
  addMoves(about, line);
  addViews(campaign, about, line);
};

function addSettings(campaign: Command, about: About, { ask }: CommandLine): void {
  const create = campaign
    .command('create')
    .description('make a campaign; nothing is sent before it is started')
    .requiredOption('--name <name>', 'what to call it', text)
    .requiredOption('--line <id>', 'the line (app_id) it sends on', rowNumber)
    .requiredOption('--mdata <text>', "the text, or the media's URL, with {{variables}} of the list")
    .option('--mtype <type>', 'text, image, audio, video or file', 'text');
  withAccount(withSettings(create)).action(
    ask((api, options: Settings & { line: string }) => createCampaign(api, options)),
  );
  const change = about('change', 'how it is sent; while it is a draft also what it says')
    .option('--name <name>', 'what to call it', text)
    .option('--mdata <text>', "the text, or the media's URL, with {{variables}} of the list")
    .option('--mtype <type>', 'text, image, audio, video or file');
  withSettings(change).action(ask((api, id: string, options: Settings) => changeCampaign(api, id, options)));
}

function addListCommands(about: About, { ask, terminal, inJson }: CommandLine): void {
  about('add', 'put a list of recipients on it; the same command again goes on where it ended')
    .argument('[file]', 'a CSV or NDJSON file, also gzipped; - or nothing: standard input', '-')
    .addOption(new Option('--format <format>', 'when the name does not say it').choices(['csv', 'ndjson']))
    .option('--gzip', 'the list is gzipped, though its name does not say so')
    .option('--upload-id <id>', 'names this list, to go on with it later; made from the file when not given', text)
    .action(
      ask(async (api, id: string, file: string, options: ListOptions) =>
        addList(api, id, await findList(file, options, terminal), terminal),
      ),
    );
  about('test', 'send one message to one recipient now, and say what became of it')
    .requiredOption('--dest <psid>', 'to whom', text)
    .option('--var <name=value>', 'the value of a variable; may be repeated', variable)
    .action(ask((api, id: string, options: TestOptions) => sendTest(api, id, options)));
  about('preview', 'what one recipient of the list would get')
    .option('--row <number>', 'which recipient, in the order of the list', rowNumber, '1')
    .action(ask((api, id: string, { row }: { row: string }) => previewRow(api, id, row)));
  about('dry-run', 'what would become of the whole list; nothing is sent').action(
    ask((api, id: string) => dryRun(api, id)),
  );
  about('export', 'what became of each recipient')
    .addOption(new Option('--format <format>', 'csv, or ndjson with --json').choices(['csv', 'ndjson']))
    .addOption(new Option('--state <state>', 'only those').choices(resultStates))
    .option('--output <file>', 'instead of standard output')
    .action(ask((api, id: string, options: ExportOptions) => exportResults(api, id, options, terminal, inJson())));
}

function addMoves(about: About, { ask, terminal, inJson }: CommandLine): void {
  about('start', 'begin to send')
    .option('--at <time>', 'not now but then (2026-12-24T09:00)', timeAt)
    .option('--watch', 'and follow it')
    .action(
      ask(async (api, id: string, { at, watch }: { at?: string; watch?: true }) => {
        const started = await moveCampaign(api, id, 'start', at === undefined ? {} : { at });
        return watch ? watchCampaign(api, id, terminal, inJson()) : started;
      }),
    );
  about('pause', 'send nothing more until it is resumed').action(
    ask((api, id: string) => moveCampaign(api, id, 'pause')),
  );
  about('resume', 'go on, or send once more to those that failed or are unknown')
    .addOption(new Option('--scope <whom>', 'to whom; those not handled yet, when not given').choices(resumeScopes))
    .action(
      ask((api, id: string, { scope }: { scope?: ResumeScope }) =>
        moveCampaign(api, id, 'resume', scope === undefined ? {} : { scope }),
      ),
    );
  about('cancel', 'end it for good; what was sent stays sent').action(
    ask((api, id: string) => moveCampaign(api, id, 'cancel')),
  );
  about('delete', 'take away a draft and its list').action(ask((api, id: string) => deleteCampaign(api, id)));
}

function addViews(campaign: Command, about: About, { ask, terminal, inJson }: CommandLine): void {
  about('show', 'where it stands, and why').action(
    ask(async (api, id: string) => {
      const view = await askApi<CampaignView>(api, `/v1/campaigns/${id}`);
      return done(view, campaignText(view));
    }),
  );
  about('watch', 'follow it to its end; Ctrl-C leaves the campaign alone').action(
    ask((api, id: string) => watchCampaign(api, id, terminal, inJson())),
  );
  const list = campaign
    .command('list')
    .description('the newest first')
    .addOption(new Option('--state <state>', 'only those').choices(campaignStates));
  withAccount(list).action(ask((api, { state }: { state?: string }) => listCampaigns(api, state)));
}

interface CampaignPage {
  campaigns: CampaignView[];
  next: number | string | null;
}

async function listCampaigns(api: Api, state: string | undefined): Promise<Answer> {
  const campaigns: CampaignView[] = [];
  let before: CampaignPage['next'] = null;
  do {
    const query = new URLSearchParams({ ...(state && { state }), ...(before !== null && { before: String(before) }) });
    const page: CampaignPage = await askApi(api, `/v1/campaigns?${query}`);
    campaigns.push(...page.campaigns);
    before = page.next;
  } while (before !== null);
  return done(campaigns, campaignsTable(campaigns));
}
