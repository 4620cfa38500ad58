"""Gold job: deaths in hospital and within 30 days of admission. The work is in `metriccare_etl`."""

from metriccare_etl import jobs

if __name__ == "__main__":
    jobs.gold_main("mortality")
