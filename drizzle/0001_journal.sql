CREATE TABLE `journal` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`data` text NOT NULL,
	`sha` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `journal_statements` (
	`id` text PRIMARY KEY NOT NULL,
	`sql` text NOT NULL
);
