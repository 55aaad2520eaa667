import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Console } from "./console.tsx";
import "./style/colours.css";
import "./style/page.css";
import "./style/frame.css";
import "./style/stages.css";
import "./style/feed.css";
import "./style/why.css";
import "./style/motion.css";

const place = document.getElementById("console");
if (place !== null)
  createRoot(place).render(
    <StrictMode>
      <Console />
    </StrictMode>,
  );
