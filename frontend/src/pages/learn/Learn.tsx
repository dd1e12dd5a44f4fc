import { useEffect } from "react";
import { Link } from "wouter";
import { icons } from "../../ui/icons";
import pageStyles from "../page.module.css";
import type { Service } from "../useService";
import { attempts, nextLesson } from "./attempts";
import { Lesson } from "./Lesson";
import styles from "./learn.module.css";
import { LESSONS } from "./lessons";

interface Props {
  service: Service;
  /** Id of the lesson; undefined for the list of all. */
  id: string | undefined;
}

/** The lessons, or one of them. */
export default function Learn({ service, id }: Props) {
  const lesson = LESSONS.find((each) => each.id === id);
  return (
    <main className={pageStyles.page}>
      {id === undefined ? (
        <List />
      ) : (
        <>
          <nav className={styles.others} aria-label="Lessons">
            <Link href="/learn">All lessons</Link>
            {LESSONS.map((each, i) => (
              <Link
                key={each.id}
                href={`/learn/${each.id}`}
                aria-label={`${i + 1}: ${each.title}`}
                aria-current={each.id === id ? "page" : undefined}
                title={each.title}
              >
                {i + 1}
              </Link>
            ))}
          </nav>
          {lesson ? (
            <Lesson key={lesson.id} lesson={lesson} service={service} />
          ) : (
            <p>There is no lesson of this name.</p>
          )}
        </>
      )}
    </main>
  );
}

function List() {
  useEffect(() => {
    document.title = "Learn · Constraint Lab";
  }, []);
  const done = attempts();
  const next = nextLesson(
    LESSONS.map((each) => each.id),
    done,
  );
  return (
    <>
      <h1>
        Learn <span className="hint">six short lessons: you guess, the lab trains, you see</span>
      </h1>
      <ol className={styles.list} data-testid="lessons">
        {LESSONS.map(({ id, title, summary }, i) => {
          const answered = done.some((each) => each.lesson === id);
          return (
            <li key={id} data-next={id === next || undefined}>
              <Link href={`/learn/${id}`}>
                <span className={styles.number} data-answered={answered || undefined} aria-hidden="true">
                  {answered ? icons.check : i + 1}
                </span>
                <strong>{title}</strong>
                <span>{summary}</span>
                <span className="hint">{answered ? "answered" : id === next && done.length ? "go on here" : ""}</span>
              </Link>
            </li>
          );
        })}
      </ol>
    </>
  );
}
