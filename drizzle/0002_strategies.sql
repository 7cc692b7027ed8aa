CREATE INDEX `alerts_strategy` ON `alerts` (`strategy`);--> statement-breakpoint
CREATE INDEX `decisions_strategy` ON `decisions` (`strategy`);--> statement-breakpoint
CREATE INDEX `trades_strategy` ON `trades` (`strategy`);