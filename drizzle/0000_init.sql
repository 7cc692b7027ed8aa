CREATE TABLE `alerts` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`key` text NOT NULL,
	`body_sha` text NOT NULL,
	`alert` text NOT NULL,
	`received_at_ms` integer NOT NULL,
	`state` text NOT NULL,
	`outcome` text,
	`coin` text,
	`strategy` text NOT NULL,
	`kind` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `alerts_id_unique` ON `alerts` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `alerts_key_unique` ON `alerts` (`key`);--> statement-breakpoint
CREATE INDEX `alerts_coin` ON `alerts` (`coin`);--> statement-breakpoint
CREATE INDEX `alerts_received_at_ms` ON `alerts` (`received_at_ms`,`kind`);--> statement-breakpoint
CREATE INDEX `alerts_open` ON `alerts` (`seq`) WHERE state <> 'done';--> statement-breakpoint
CREATE TABLE `dead_letters` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`received_at_ms` integer NOT NULL,
	`code` text NOT NULL,
	`body_head` text NOT NULL,
	`issues` text NOT NULL,
	`alert_id` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `dead_letters_id_unique` ON `dead_letters` (`id`);--> statement-breakpoint
CREATE INDEX `dead_letters_received_at_ms` ON `dead_letters` (`received_at_ms`);--> statement-breakpoint
CREATE TABLE `decisions` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`alert_id` text NOT NULL,
	`decided_at_ms` integer NOT NULL,
	`strategy` text NOT NULL,
	`coin` text,
	`side` text,
	`status` text NOT NULL,
	`reasons` text NOT NULL,
	`gates` text NOT NULL,
	`plan` text,
	`legs` text NOT NULL,
	`explain` text NOT NULL,
	`risk_usd` real NOT NULL,
	`inputs` text,
	FOREIGN KEY (`alert_id`) REFERENCES `alerts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `decisions_id_unique` ON `decisions` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `decisions_alert_id_unique` ON `decisions` (`alert_id`);--> statement-breakpoint
CREATE INDEX `decisions_coin` ON `decisions` (`coin`);--> statement-breakpoint
CREATE INDEX `decisions_decided_at_ms` ON `decisions` (`decided_at_ms`,`risk_usd`);--> statement-breakpoint
CREATE TABLE `fills` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tid` integer NOT NULL,
	`coin` text NOT NULL,
	`oid` integer NOT NULL,
	`cloid` text,
	`is_buy` integer NOT NULL,
	`px` real NOT NULL,
	`sz` real NOT NULL,
	`time_ms` integer NOT NULL,
	`start_position` real NOT NULL,
	`closed_pnl_usd` real NOT NULL,
	`fee_usd` real NOT NULL,
	`is_taker` integer NOT NULL,
	`liquidation` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `fills_tid_unique` ON `fills` (`tid`);--> statement-breakpoint
CREATE INDEX `fills_coin_time_ms` ON `fills` (`coin`,`time_ms`);--> statement-breakpoint
CREATE INDEX `fills_time_ms` ON `fills` (`time_ms`);--> statement-breakpoint
CREATE TABLE `guard_runs` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`started_at_ms` integer NOT NULL,
	`finished_at_ms` integer NOT NULL,
	`trigger` text NOT NULL,
	`verdict` text NOT NULL,
	`positions` integer NOT NULL,
	`findings` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `guard_runs_id_unique` ON `guard_runs` (`id`);--> statement-breakpoint
CREATE INDEX `guard_runs_started_at_ms` ON `guard_runs` (`started_at_ms`);--> statement-breakpoint
CREATE TABLE `intents` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`cloid` text NOT NULL,
	`alert_id` text,
	`decision_id` text,
	`coin` text NOT NULL,
	`role` text NOT NULL,
	`signer` text NOT NULL,
	`nonce` integer NOT NULL,
	`expires_after_ms` integer,
	`is_buy` integer NOT NULL,
	`px` real NOT NULL,
	`sz` real NOT NULL,
	`reduce_only` integer NOT NULL,
	`trigger_px` real,
	`state` text NOT NULL,
	`oid` integer,
	`filled_sz` real,
	`avg_px` real,
	`reason` text,
	`message` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`alert_id`) REFERENCES `alerts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `intents_cloid_unique` ON `intents` (`cloid`);--> statement-breakpoint
CREATE INDEX `intents_alert_id` ON `intents` (`alert_id`);--> statement-breakpoint
CREATE INDEX `intents_coin` ON `intents` (`coin`);--> statement-breakpoint
CREATE INDEX `intents_state` ON `intents` (`state`);--> statement-breakpoint
CREATE INDEX `intents_created_at_ms` ON `intents` (`created_at_ms`);--> statement-breakpoint
CREATE TABLE `settings` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `signers` (
	`address` text PRIMARY KEY NOT NULL,
	`last_nonce` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `trades` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`coin` text NOT NULL,
	`side` text NOT NULL,
	`strategy` text,
	`alert_id` text,
	`decision_id` text,
	`opened_at_ms` integer NOT NULL,
	`closed_at_ms` integer,
	`entry_px` real NOT NULL,
	`exit_px` real,
	`sz` real NOT NULL,
	`pnl_usd` real NOT NULL,
	`fees_usd` real NOT NULL,
	`funding_usd` real NOT NULL,
	`net_pnl_usd` real NOT NULL,
	`r_multiple` real,
	`slippage_bps` real,
	`unprotected_ms` integer NOT NULL,
	`exit_reason` text,
	`planned_risk_usd` real,
	`decision_mark_px` real,
	`entered_sz` real NOT NULL,
	`exited_sz` real NOT NULL,
	`at_ms` integer GENERATED ALWAYS AS (coalesce(closed_at_ms, opened_at_ms)) VIRTUAL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `trades_id_unique` ON `trades` (`id`);--> statement-breakpoint
CREATE INDEX `trades_coin` ON `trades` (`coin`);--> statement-breakpoint
CREATE INDEX `trades_at_ms` ON `trades` (`at_ms`);